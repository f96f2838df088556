"""A large run: how often stable people look worse, by what their examinations are held against."""
