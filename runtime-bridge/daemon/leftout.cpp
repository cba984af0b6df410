// What the libraries would bring into a static program though the runtime does not use it. The
// linker takes a library's file only for a name that it does not have yet: these are such names.
#include <sqlite3.h>

#include <cstdlib>
#include <exception>

// SQLite's full text search, R-trees and statistics tables, each registered by one of these at
// every open: 330 KB.
extern "C" {
int sqlite3Fts3Init(sqlite3 *)
{
    return SQLITE_OK;
}
int sqlite3Fts5Init(sqlite3 *)
{
    return SQLITE_OK;
}
int sqlite3RtreeInit(sqlite3 *)
{
    return SQLITE_OK;
}
int sqlite3DbstatRegister(sqlite3 *)
{
    return SQLITE_OK;
}
int sqlite3StmtVtabInit(sqlite3 *)
{
    return SQLITE_OK;
}
}

// libstdc++ names the type of an exception that nobody caught, with a demangler of 50 KB; main()
// catches what there is.
namespace __cxxabiv1 {
extern std::terminate_handler __terminate_handler;
std::terminate_handler __terminate_handler = std::abort;
} // namespace __cxxabiv1
