"""TODO plots"""
