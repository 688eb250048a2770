"""The classroom as a web page: the third front end, and the only package that imports aiohttp.web."""
