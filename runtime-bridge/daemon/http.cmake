# The front doors that speak HTTP: the server (the only user of Beast), the gateway to the functions
# and the controller's API.
ew_add_library(daemonhttp
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/archive.cpp ${CMAKE_CURRENT_LIST_DIR}/archive.h
        ${CMAKE_CURRENT_LIST_DIR}/auth.cpp ${CMAKE_CURRENT_LIST_DIR}/auth.h
        ${CMAKE_CURRENT_LIST_DIR}/controllerapi.cpp ${CMAKE_CURRENT_LIST_DIR}/controllerapi.h
        ${CMAKE_CURRENT_LIST_DIR}/functionstream.cpp ${CMAKE_CURRENT_LIST_DIR}/functionstream.h
        ${CMAKE_CURRENT_LIST_DIR}/callstream.h
        ${CMAKE_CURRENT_LIST_DIR}/gateway.cpp ${CMAKE_CURRENT_LIST_DIR}/gateway.h
        ${CMAKE_CURRENT_LIST_DIR}/canonicalrequest.cpp ${CMAKE_CURRENT_LIST_DIR}/canonicalrequest.h
        ${CMAKE_CURRENT_LIST_DIR}/http2exchange.cpp ${CMAKE_CURRENT_LIST_DIR}/http2exchange.h
        ${CMAKE_CURRENT_LIST_DIR}/http2head.cpp ${CMAKE_CURRENT_LIST_DIR}/http2head.h
        ${CMAKE_CURRENT_LIST_DIR}/httpclient.cpp ${CMAKE_CURRENT_LIST_DIR}/httpclient.h
        ${CMAKE_CURRENT_LIST_DIR}/httpevent.cpp ${CMAKE_CURRENT_LIST_DIR}/httpevent.h
        ${CMAKE_CURRENT_LIST_DIR}/httpserver.cpp ${CMAKE_CURRENT_LIST_DIR}/httpserver.h
        ${CMAKE_CURRENT_LIST_DIR}/httpshapes.cpp ${CMAKE_CURRENT_LIST_DIR}/httpshapes.h
        ${CMAKE_CURRENT_LIST_DIR}/httptext.cpp ${CMAKE_CURRENT_LIST_DIR}/httptext.h
        ${CMAKE_CURRENT_LIST_DIR}/jsontext.cpp ${CMAKE_CURRENT_LIST_DIR}/jsontext.h
        ${CMAKE_CURRENT_LIST_DIR}/log.cpp ${CMAKE_CURRENT_LIST_DIR}/log.h
        ${CMAKE_CURRENT_LIST_DIR}/bytetunnel.cpp ${CMAKE_CURRENT_LIST_DIR}/bytetunnel.h
        ${CMAKE_CURRENT_LIST_DIR}/eventexchange.cpp ${CMAKE_CURRENT_LIST_DIR}/serviceexchange.h
        ${CMAKE_CURRENT_LIST_DIR}/alarms/webhook.cpp ${CMAKE_CURRENT_LIST_DIR}/alarms/webhook.h
        ${CMAKE_CURRENT_LIST_DIR}/httppass.h ${CMAKE_CURRENT_LIST_DIR}/sharedtimer.h
        ${CMAKE_CURRENT_LIST_DIR}/peerowner.cpp ${CMAKE_CURRENT_LIST_DIR}/peerowner.h
        ${CMAKE_CURRENT_LIST_DIR}/proxyexchange.cpp ${CMAKE_CURRENT_LIST_DIR}/proxyexchange.h
        ${CMAKE_CURRENT_LIST_DIR}/serviceproxy.cpp ${CMAKE_CURRENT_LIST_DIR}/serviceproxy.h
        ${CMAKE_CURRENT_LIST_DIR}/routes.cpp ${CMAKE_CURRENT_LIST_DIR}/routes.h
        ${CMAKE_CURRENT_LIST_DIR}/whiskaction.cpp ${CMAKE_CURRENT_LIST_DIR}/whiskaction.h
        ${CMAKE_CURRENT_LIST_DIR}/whiskactivation.cpp ${CMAKE_CURRENT_LIST_DIR}/whiskactivation.h
        ${CMAKE_CURRENT_LIST_DIR}/whiskfunction.cpp
        ${CMAKE_CURRENT_LIST_DIR}/whiskstore.cpp ${CMAKE_CURRENT_LIST_DIR}/whiskstore.h
    PUBLIC
        ew::protocol
        ew::records
        ew_asio
    PRIVATE
        # By their plain names, and only what reading zips takes, for a static link.
        archive nettle lzma zstd bz2 z nghttp2
    PCH ew_headers_asio)
