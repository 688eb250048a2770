"""TODO attribution"""
