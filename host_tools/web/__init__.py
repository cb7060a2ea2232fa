"""What people see in a browser: templates, static files, translations. No routes and no card logic: the daemon serves this room.

Static files work as they stand, without a build step: ES modules, plain CSS, drawings as paths. Every visible word is in
`translations/`; a new language is one more file there.
"""
