"""TODO confidence"""
