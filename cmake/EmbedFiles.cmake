# cmake -DFOLDER=<folder> -DPATTERNS=<*.a;*.b> -DHEADER=<file.h> -DFUNCTION=<name> -DOUTPUT=<file.cpp> -P EmbedFiles.cmake
# The files of a folder in C++, as runtime-bridge/daemon/embeddedfiles.h has them: a line of path and
# size for each, an empty one, and their bytes one after the other, compressed in one. A zip, which
# compresses each by itself, is half as large again.
list(TRANSFORM PATTERNS PREPEND ${FOLDER}/)
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${PATTERNS})
list(SORT files)
set(plain ${OUTPUT}.plain)
file(WRITE ${plain}.head "")
foreach(file IN LISTS files)
    file(SIZE ${FOLDER}/${file} size)
    file(APPEND ${plain}.head "${file} ${size}\n")
endforeach()
file(APPEND ${plain}.head "\n")
execute_process(COMMAND ${CMAKE_COMMAND} -E cat ${plain}.head ${files}
                WORKING_DIRECTORY ${FOLDER} OUTPUT_FILE ${plain} COMMAND_ERROR_IS_FATAL ANY)
file(SIZE ${plain} size)
file(ARCHIVE_CREATE OUTPUT ${plain}.zst PATHS ${plain} FORMAT raw COMPRESSION Zstd COMPRESSION_LEVEL 9)
file(READ ${plain}.zst bytes HEX)
file(REMOVE ${plain} ${plain}.head ${plain}.zst)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace runtime {

EmbeddedFiles ${FUNCTION}()
{
    static constexpr unsigned char bytes[] = {
${bytes}
    };
    return {{reinterpret_cast<const char *>(bytes), sizeof bytes}, ${size}};
}

} // namespace runtime
")
