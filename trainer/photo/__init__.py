"""TODO photo"""
