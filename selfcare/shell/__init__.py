"""What stands around every page: menu, home, search, notices, maintenance, errors, health.

Apps register what they have in their `AppConfig.ready()`: `menu.register`, `panels.register`, `search.register`,
`stock.register`. Nothing here knows them.
"""
