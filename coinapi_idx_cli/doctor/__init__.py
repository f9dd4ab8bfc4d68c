"""Why a feed does not come: one step after the other from the settings to the first value, each with what to do.

examination  the order, and which step waits for which
settings     where to, and with which key
network      names, TCP
handshake    TLS, the upgrade
keys         the key by header, query and hello; each way on a connection of its own
feed         conversation -> heartbeat, ping, first value
list_step    the list of indexes over REST
clock        this machine's clock against the servers'
report       all of it as a text for support

A step goes where the feed would go, by the same code: `transport` connects, reads and says what a failure means, and
`catalogue` asks for the list.
"""
