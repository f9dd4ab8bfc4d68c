"""The past over REST: values or bars of indexes, in order of time, page by page.

period        the lengths of bars that the vendor has
items         an answer -> items, with the very text of their numbers
page_plan     which stretch of time to ask for next, and what of the answers is certain; pure
calls         one request after the other, with patience, and what they cost
series        the items of several indexes as one series
record_fields the fields of the lines, as batches for the outputs
held          what a file of an earlier run holds
work_left     what is still to be asked for behind that, and what it costs
"""
