app_name = "library"
app_title = "Library"
