"""Whether a capture is whole: what is missing in it, doubled, torn, out of order. In memory that does not grow with it.

record_reader  one file -> portions: columns of values, and findings about lines that are none
doubled_runs   lines that appear twice in a row
index_series   each index: how many, from when to when, between which bounds, backwards or not
activity       each index: how many values a minute, for a plot
known_gaps     the records of gaps that speak of these files
record_files   which files a record has, in order of time
alignment      two captures of the same feed, value by value
common_gaps    what several captures lack together
capture_merge  several captures become one
gap_fills      values of the history in their gaps
record_check   all of it over all files
"""
