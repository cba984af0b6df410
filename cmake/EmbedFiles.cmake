# cmake -DFOLDER=<folder> -DPATTERNS=<*.a;*.b> -DHEADER=<file.h> -DFUNCTION=<name> -DOUTPUT=<file.cpp> -P EmbedFiles.cmake
# The files of a folder as a zip in C++, a quarter of their size: what the function of that header
# gives. All times are equal, so that the same sources make the same program.
list(TRANSFORM PATTERNS PREPEND ${FOLDER}/)
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${PATTERNS})
list(SORT files)
execute_process(COMMAND ${CMAKE_COMMAND} -E tar cf ${OUTPUT}.zip --format=zip --mtime=2000-01-01 -- ${files}
                WORKING_DIRECTORY ${FOLDER} COMMAND_ERROR_IS_FATAL ANY)
file(READ ${OUTPUT}.zip bytes HEX)
file(REMOVE ${OUTPUT}.zip)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace runtime {

std::string_view ${FUNCTION}()
{
    static constexpr unsigned char zip[] = {
${bytes}
    };
    return {reinterpret_cast<const char *>(zip), sizeof zip};
}

} // namespace runtime
")
