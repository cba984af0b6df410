# What happened on a runtime, in SQLite. sqlite3 by its plain name: the linker takes libsqlite3.a for
# a static program and the shared library otherwise.
ew_add_library(records
    SOURCES
        ${CMAKE_CURRENT_LIST_DIR}/database.cpp ${CMAKE_CURRENT_LIST_DIR}/database.h
        ${CMAKE_CURRENT_LIST_DIR}/recordswriter.cpp ${CMAKE_CURRENT_LIST_DIR}/recordswriter.h
        ${CMAKE_CURRENT_LIST_DIR}/recordsreader.cpp ${CMAKE_CURRENT_LIST_DIR}/recordsreader.h
        ${CMAKE_CURRENT_LIST_DIR}/records.cpp ${CMAKE_CURRENT_LIST_DIR}/records.h
    PUBLIC
        ew::protocol
    PRIVATE
        sqlite3
        Threads::Threads
    PCH ew_headers_json)
