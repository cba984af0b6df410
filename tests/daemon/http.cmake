ew_add_test(tst_httptext LINK ew::daemonhttp)
ew_add_test(tst_httpserver LINK ew::daemonhttp Qt6::Network SOURCES contextthread.h rawclient.h)
ew_add_test(tst_gateway LINK ew::daemonhttp Qt6::Network SOURCES contextthread.h rawclient.h fakeinvoker.h)
