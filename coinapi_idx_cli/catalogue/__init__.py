"""The list of indexes: over REST, kept for a day, chosen from by id and by glob.

listing      what is kept while it is young, else what the server says, else what is kept all the same
patience     request -> rest -> answers: tries again as long as it may help
sift         which entries are index ids, of what the server says and of what is kept
cache        one file a server, and the ids of the real one, one a line, for the shells' completion
complete     all indexes of a simulator on this machine, without the HTTP client
match        globs, and the ids nearest to what is not there
short_names  the ends of ids, as people call them
"""
