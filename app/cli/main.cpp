#include "app/cli/commandline.h"
#include "app/cli/interrupt.h"

#include <QCoreApplication>

#include <langinfo.h>

#include <clocale>
#include <cstdlib>
#include <cstring>

int main(int argc, char **argv)
{
    const app::CommandLine wish = app::readCommandLine(argc, argv);
    if (wish.exit)
        return int(*wish.exit);

    // In another encoding Qt would begin with a warning on standard error.
    if (!std::setlocale(LC_ALL, "") || std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0)
        ::setenv("LC_ALL", "C.UTF-8", 1);
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("edgewright"));
    QCoreApplication::setApplicationVersion(QStringLiteral(EDGEWRIGHT_VERSION));

    app::Output output(wish.json);
    const std::unique_ptr<app::Command> command = wish.create(output);
    app::Interrupt interrupt;
    QObject::connect(&interrupt, &app::Interrupt::requested, command.get(),
                     &app::Command::interrupt);
    // Queued: a command may finish while it starts, before the event loop runs.
    QObject::connect(
        command.get(), &app::Command::finished, &application,
        [](int exitCode) { QCoreApplication::exit(exitCode); }, Qt::QueuedConnection);
    QMetaObject::invokeMethod(command.get(), &app::Command::start, Qt::QueuedConnection);
    return QCoreApplication::exec();
}
