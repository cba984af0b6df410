include_guard(GLOBAL)

set(EDGEWRIGHT_QT_DEFINITIONS QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_FOREACH)
# Tests run once for each time they are built: compiling them fast matters more.
set(EDGEWRIGHT_TEST_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O0>)

# Flags every target gets by linking ew_options; nothing is set directory-wide.
add_library(ew_options INTERFACE)
target_compile_features(ew_options INTERFACE cxx_std_20)
target_compile_options(ew_options INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # The compiler collects its garbage less often: 5 % of its time for 15 % of its memory.
    target_compile_options(ew_options INTERFACE --param=ggc-min-expand=300 --param=ggc-min-heapsize=500000)
endif()
target_link_options(ew_options INTERFACE -Wl,--as-needed)
if(DEFINED ENV{CI} OR EDGEWRIGHT_WERROR)
    target_compile_options(ew_options INTERFACE -Werror)
endif()
if(EDGEWRIGHT_SANITIZE)
    target_compile_options(ew_options INTERFACE -fsanitize=${EDGEWRIGHT_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all
                                                # GCC sees ghosts in what UBSan adds to <regex>.
                                                $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(ew_options INTERFACE -fsanitize=${EDGEWRIGHT_SANITIZE})
endif()
find_program(EDGEWRIGHT_CCACHE ccache)
if(EDGEWRIGHT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Without this it passes over every file that uses precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                    ${EDGEWRIGHT_CCACHE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
        set(EDGEWRIGHT_PCH_OPTIONS -fpch-preprocess)
    endif()
endif()
find_program(EDGEWRIGHT_MOLD mold)
if(EDGEWRIGHT_MOLD)
    target_link_options(ew_options INTERFACE -fuse-ld=mold)
endif()

# ew_add_headers(<name> [QT] [TEST] FILE <header> [LINK ...])  precompiled once; a target takes them by naming <name> as its PCH.
# Only one optimization level fits: TEST for those of the tests.
function(ew_add_headers name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "QT;TEST" "FILE" "LINK")
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE ew_options ${arg_LINK})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_precompile_headers(${name} PRIVATE ${arg_FILE})
    target_compile_options(${name} PRIVATE ${EDGEWRIGHT_PCH_OPTIONS})
    if(arg_QT)
        target_compile_definitions(${name} PRIVATE ${EDGEWRIGHT_QT_DEFINITIONS})
    endif()
    if(arg_TEST)
        target_compile_options(${name} PRIVATE ${EDGEWRIGHT_TEST_OPTIONS})
    endif()
endfunction()

# Files of a module that are compiled together share the templates they use, which halves a first build.
# Names of an anonymous namespace are thus a module's, not a file's.
set(EDGEWRIGHT_UNITY_BATCH 10 CACHE STRING "Files of a module that are compiled as one; 0: each alone")
function(ew_join_files name)
    if(EDGEWRIGHT_UNITY_BATCH GREATER 1)
        set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${EDGEWRIGHT_UNITY_BATCH})
    endif()
endfunction()

# ew_add_library(<name> [QT] SOURCES ... [PUBLIC ...] [PRIVATE ...] [PCH <headers>])  ->  ew::<name>
function(ew_add_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "QT" "PCH" "SOURCES;PUBLIC;PRIVATE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "ew_add_library(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
    endif()
    add_library(${name} STATIC ${arg_SOURCES})
    add_library(ew::${name} ALIAS ${name})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ew_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    ew_set_up(${name} "${arg_QT}" "${arg_PCH}")
    ew_join_files(${name})
endfunction()

# ew_add_program(<name> [QT] SOURCES ... [LINK ...] [PCH <headers>])
function(ew_add_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "QT" "PCH" "SOURCES;LINK")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "ew_add_program(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ew_options ${arg_LINK})
    ew_set_up(${name} "${arg_QT}" "${arg_PCH}")
    ew_join_files(${name})
    ew_add_sanitizer_options(${name})
endfunction()

# ew_add_test(tst_<unit> [WIDGETS] [LINK ...])  built from tst_<unit>.cpp, which includes tst_<unit>.moc, run without a display, labelled with its folder.
function(ew_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "WIDGETS" "TIMEOUT" "LINK;SOURCES;DEPENDS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "ew_add_test(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(${name} ${name}.cpp ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ew_options Qt6::Test ${arg_LINK})
    target_compile_options(${name} PRIVATE ${EDGEWRIGHT_TEST_OPTIONS})
    if(arg_WIDGETS)
        ew_set_up(${name} TRUE ew_headers_testwidgets)
    else()
        ew_set_up(${name} TRUE ew_headers_test)
    endif()
    # A test has no classes in headers: one call of moc does what AUTOMOC takes a second for.
    set_target_properties(${name} PROPERTIES AUTOMOC OFF)
    qt_generate_moc(${name}.cpp ${CMAKE_CURRENT_BINARY_DIR}/${name}.moc TARGET ${name})
    target_sources(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${name}.moc)
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
    ew_add_sanitizer_options(${name})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_compile_definitions(${name} PRIVATE EDGEWRIGHT_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
                                               EDGEWRIGHT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    if(arg_DEPENDS)
        add_dependencies(${name} ${arg_DEPENDS})
    endif()
    add_test(NAME ${name} COMMAND ${name})
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME label)
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 180) # seconds; a busy machine took a third of them
    endif()
    set_tests_properties(${name} PROPERTIES LABELS ${label}
                         ENVIRONMENT "QT_QPA_PLATFORM=offscreen;QT_QUICK_BACKEND=software;LC_ALL=C.UTF-8")
    ew_finish_test(${name} ${arg_TIMEOUT})
endfunction()

# ew_finish_test(<test> <seconds>)  its time limit, which sanitizers stretch, and that their reports make ctest fail.
# A machine that lacks something makes a test program skip cases, and ctest says so; in CI that is a failure.
function(ew_finish_test name seconds)
    if(DEFINED ENV{CI})
        set_tests_properties(${name} PROPERTIES FAIL_REGULAR_EXPRESSION "SKIP   : ")
    else()
        set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "SKIP   : ")
    endif()
    if(EDGEWRIGHT_SANITIZE)
        math(EXPR seconds "3 * ${seconds}")
        set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED sanitizer_reports)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${seconds})
endfunction()

function(ew_add_sanitizer_options name)
    if(EDGEWRIGHT_SANITIZE)
        target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/sanitizeroptions.cpp)
        set_property(SOURCE ${PROJECT_SOURCE_DIR}/cmake/sanitizeroptions.cpp DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
                     PROPERTY COMPILE_DEFINITIONS
                         EDGEWRIGHT_REPORTS="${PROJECT_BINARY_DIR}/sanitizer/report"
                         EDGEWRIGHT_SUPPRESSIONS="${PROJECT_SOURCE_DIR}/cmake/lsan.supp")
    endif()
endfunction()

function(ew_set_up name qt pch)
    if(qt)
        set_target_properties(${name} PROPERTIES AUTOMOC ON)
        target_compile_definitions(${name} PRIVATE ${EDGEWRIGHT_QT_DEFINITIONS})
    endif()
    if(pch)
        target_precompile_headers(${name} REUSE_FROM ${pch})
        target_link_libraries(${name} PRIVATE ew_json)
        target_compile_options(${name} PRIVATE ${EDGEWRIGHT_PCH_OPTIONS})
    endif()
endfunction()
