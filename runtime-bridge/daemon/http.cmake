# The front doors that speak HTTP: the server (the only user of Beast), the gateway to the functions
# and the controller's API.
ew_add_library(daemonhttp
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/gateway.cpp ${CMAKE_CURRENT_LIST_DIR}/gateway.h
        ${CMAKE_CURRENT_LIST_DIR}/httpevent.cpp ${CMAKE_CURRENT_LIST_DIR}/httpevent.h
        ${CMAKE_CURRENT_LIST_DIR}/httpserver.cpp ${CMAKE_CURRENT_LIST_DIR}/httpserver.h
        ${CMAKE_CURRENT_LIST_DIR}/httptext.cpp ${CMAKE_CURRENT_LIST_DIR}/httptext.h
        ${CMAKE_CURRENT_LIST_DIR}/routes.cpp ${CMAKE_CURRENT_LIST_DIR}/routes.h
    PUBLIC
        ew::protocol
        boost_context
    PRIVATE
        Threads::Threads
    PCH <boost/asio/spawn.hpp> <nlohmann/json.hpp>)
