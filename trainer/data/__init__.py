"""The data set in memory: read from its files, downloaded, or drawn as the practice set. No TensorFlow here."""
