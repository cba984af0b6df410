# cmake -DROOT=<source dir> -P CheckLayers.cmake   fails when a file includes what its layer may not see.
# A row: folder, and the includes that no file below it may have.
set(layers
    runtime-bridge/base runtime-bridge/function runtime-bridge/protocol runtime-bridge/daemon
    runtime-bridge runtime-bridge/base runtime-bridge/protocol runtime-bridge/daemon runtime-bridge/sources
    device-manager device-manager/core device-manager/ui
    editor editor/core)
set(banned
    "<Q" "<Q" "<Q" "<Q"
    "\"(app|editor|device-manager)/" "\"runtime-bridge/(function|protocol|daemon|client|debug|controllers)/"
    "\"runtime-bridge/(daemon|client|debug|controllers)/" "\"runtime-bridge/(client|debug|controllers)/" "<Q|\"runtime-bridge/(protocol|daemon|client|debug|controllers)/"
    "\"(app|editor)/" "<Q(Widget|Action|Label|Dialog|MainWindow|Chart)|\"device-manager/ui/" "<(QFile|QProcess|QSqlDatabase|QTcpSocket|QLocalSocket)>|<libssh/"
    "\"(app|device-manager|runtime-bridge/(function|protocol|daemon|client|debug|controllers))/" "<Q(Widget|Action|Label|Dialog|MainWindow)|<Qsci|\"editor/ui/")
foreach(layer ban IN ZIP_LISTS layers banned)
    file(GLOB_RECURSE files ${ROOT}/${layer}/*.h ${ROOT}/${layer}/*.cpp)
    foreach(file IN LISTS files)
        file(STRINGS ${file} hits REGEX "^#include +(${ban})")
        if(hits)
            message(SEND_ERROR "${file} breaks the layering: ${hits}")
        endif()
    endforeach()
endforeach()
