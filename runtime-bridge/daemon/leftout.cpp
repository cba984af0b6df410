// What the libraries would bring into a static program though the runtime does not use it. The
// linker takes a library's file only for a name that it does not have yet: these are such names.
#include <sqlite3.h>

#include <cstddef>
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

// zstd's formats of before its first version, 90 KB: such data is refused, as damaged data is.
#define LEAVE_OUT_ZSTD(VERSION)                                                                    \
    std::size_t ZBUFFv##VERSION##_decompressContinue()                                             \
    {                                                                                              \
        return refused;                                                                            \
    }                                                                                              \
    std::size_t ZBUFFv##VERSION##_decompressInitDictionary()                                       \
    {                                                                                              \
        return refused;                                                                            \
    }                                                                                              \
    std::size_t ZBUFFv##VERSION##_freeDCtx()                                                       \
    {                                                                                              \
        return 0;                                                                                  \
    }                                                                                              \
    void *ZBUFFv##VERSION##_createDCtx()                                                           \
    {                                                                                              \
        return nullptr;                                                                            \
    }                                                                                              \
    std::size_t ZSTDv##VERSION##_decompress_usingDict()                                            \
    {                                                                                              \
        return refused;                                                                            \
    }                                                                                              \
    std::size_t ZSTDv##VERSION##_freeDCtx()                                                        \
    {                                                                                              \
        return 0;                                                                                  \
    }                                                                                              \
    void *ZSTDv##VERSION##_createDCtx()                                                            \
    {                                                                                              \
        return nullptr;                                                                            \
    }                                                                                              \
    std::size_t ZSTDv##VERSION##_getFrameParams()                                                  \
    {                                                                                              \
        return refused;                                                                            \
    }                                                                                              \
    void ZSTDv##VERSION##_findFrameSizeInfoLegacy(const void *, std::size_t, std::size_t *size,    \
                                                  unsigned long long *bound)                       \
    {                                                                                              \
        *size = refused;                                                                           \
        *bound = refusedContents;                                                                  \
    }
namespace {
constexpr std::size_t refused = std::size_t(-1);         // ZSTD_error_GENERIC
constexpr unsigned long long refusedContents = 0ull - 2; // ZSTD_CONTENTSIZE_ERROR
} // namespace
extern "C" {
LEAVE_OUT_ZSTD(05)
LEAVE_OUT_ZSTD(06)
LEAVE_OUT_ZSTD(07)
}
#undef LEAVE_OUT_ZSTD

// libstdc++ names the type of an exception that nobody caught, with a demangler of 50 KB; main()
// catches what there is.
namespace __cxxabiv1 {
extern std::terminate_handler __terminate_handler;
std::terminate_handler __terminate_handler = std::abort;
} // namespace __cxxabiv1
