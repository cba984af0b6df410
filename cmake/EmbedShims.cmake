# cmake -DFOLDER=<resources/shims> -DOUTPUT=<file.cpp> -P EmbedShims.cmake   the shims as C++ text.
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*.py ${FOLDER}/*.js ${FOLDER}/*.mjs
     ${FOLDER}/*.php ${FOLDER}/*.rb ${FOLDER}/*.go ${FOLDER}/*.java)
list(SORT files)
set(text "#include \"runtime-bridge/daemon/shims.h\"\n\nnamespace runtime {\n\nnamespace {\nconstexpr Shim all[] = {\n")
foreach(file IN LISTS files)
    file(READ ${FOLDER}/${file} content)
    string(APPEND text "{\"${file}\", R\"EWSHIM(${content})EWSHIM\"},\n")
endforeach()
string(APPEND text "};\n} // namespace\n\nstd::span<const Shim> embeddedShims()\n{\n    return all;\n}\n\n} // namespace runtime\n")
file(WRITE ${OUTPUT} "${text}")
