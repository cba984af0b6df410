#include "app/ide/mainwindow.h"
#include "app/ide/settings.h"
#include "app/ide/theme.h"
#include "app/ide/tour.h"
#include "app/ide/workbench.h"
#include "app/templates/templates.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/client/client.h"
#include "runtime-bridge/client/localchannel.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QTcpServer>
#include <QTimer>

#include <cstdio>

using namespace app;

namespace {

struct Wish {
    QString folder;
    QString tourPictures;
    bool tour = false;
    bool simulate = false;
    bool selfTest = false;
};

Wish readCommandLine(const QApplication &application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Edgewright: serverless functions here, on devices, and on controllers."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("folder"), QStringLiteral("Application to open."));
    const QCommandLineOption tour(
        QStringLiteral("tour"),
        QStringLiteral("Play the tour, with pictures and a report in <dir>."),
        QStringLiteral("dir"));
    const QCommandLineOption simulate(QStringLiteral("simulate"),
                                      QStringLiteral("Start a simulated Raspberry Pi."));
    const QCommandLineOption selfTest(QStringLiteral("self-test"),
                                      QStringLiteral("Show the window, then quit."));
    parser.addOptions({tour, simulate, selfTest});
    parser.process(application);
    return {parser.positionalArguments().value(0), parser.value(tour), parser.isSet(tour),
            parser.isSet(simulate), parser.isSet(selfTest)};
}

/// The tour edits: it works on a copy of the sample, fresh each time.
QString freshSample(const QString &parent)
{
    const QString folder = QDir(parent).absoluteFilePath(QStringLiteral("night-light"));
    QDir(folder).removeRecursively();
    return writeTemplate(QStringLiteral("night-light"), folder) ? folder : QString();
}

/// A tour of its own leaves nothing behind: its state lies beside its pictures, and what it
/// started ends with it. Called before anything reads the state folder.
void isolateTour(const QString &pictures)
{
    QDir().mkpath(pictures);
    if (!qEnvironmentVariableIsSet("EDGEWRIGHT_STATE")) {
        const QString state = QDir(pictures).absoluteFilePath(QStringLiteral("state"));
        QDir(state).removeRecursively();
        qputenv("EDGEWRIGHT_STATE", state.toUtf8());
    }
    if (!qEnvironmentVariableIsSet("EDGEWRIGHT_ENDPOINT_PORT")) {
        QTcpServer free;
        free.listen(QHostAddress::LocalHost);
        qputenv("EDGEWRIGHT_ENDPOINT_PORT", QByteArray::number(free.serverPort()));
    }
}

/// Ends the runtimes that the tour started: this computer's and its own controller's.
void endRuntimes(QObject *context, std::function<void()> then)
{
    auto waiting = std::make_shared<int>(2);
    for (const std::filesystem::path &folder :
         {runtime::localRuntimeFolder(), runtime::stateFolder() / "endpoint"}) {
        auto *client =
            new runtime::Client(std::make_unique<runtime::LocalChannel>(QString::fromStdString(
                                    runtime::runtimeSocket(folder).string())),
                                context);
        QObject::connect(client, &runtime::Client::ready, client,
                         [client] { (void)client->shutdown(); });
        QObject::connect(client, &runtime::Client::lost, context, [waiting, then] {
            if (--*waiting == 0)
                then();
        });
        client->open();
    }
}

int playTour(MainWindow &window, const QString &pictures)
{
    const QString folder = freshSample(pictures);
    if (folder.isEmpty()) {
        std::fprintf(stderr, "cannot write below %s\n", qPrintable(pictures));
        return 1;
    }
    window.openFolder(folder);
    auto *tour = new Tour(&window, QDir(pictures).absolutePath(), &window);
    QObject::connect(tour, &Tour::finished, &window, [&window](bool well, const QString &report) {
        std::fputs(qPrintable(report), stdout);
        window.workbench().debugger().stop();
        window.workbench().local().stop();
        endRuntimes(&window, [well] { QApplication::exit(well ? 0 : 1); });
    });
    tour->start();
    return QApplication::exec();
}

void offerTour(MainWindow &window)
{
    QObject::connect(&window, &MainWindow::tourRequested, &window, [&window] {
        const QString folder =
            freshSample(QString::fromStdString((runtime::stateFolder() / "tour").string()));
        if (folder.isEmpty())
            return;
        window.openFolder(folder);
        auto *tour = new Tour(&window, {}, &window);
        QObject::connect(tour, &Tour::finished, tour, &QObject::deleteLater);
        tour->start();
    });
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("edgewright-ide"));
    QApplication::setApplicationDisplayName(QStringLiteral("Edgewright"));
    QApplication::setApplicationVersion(QStringLiteral(EDGEWRIGHT_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("edgewright"));
    const Wish wish = readCommandLine(application);
    if (wish.tour)
        isolateTour(wish.tourPictures);

    const std::filesystem::path state = runtime::stateFolder();
    Settings settings(QString::fromStdString((state / "settings.ini").string()));
    Theme theme;
    theme.apply(wish.tour ? ThemeChoice::Light : ThemeChoice(settings.get(setting::theme)));

    Workbench workbench(&settings);
    MainWindow window(&workbench, &settings);
    window.show();
    workbench.start();
    if (wish.selfTest) {
        QTimer::singleShot(500, &application, [] { QApplication::exit(0); });
        return QApplication::exec();
    }
    if (wish.tour)
        return playTour(window, wish.tourPictures);

    offerTour(window);
    if (!wish.folder.isEmpty())
        window.openFolder(QFileInfo(wish.folder).absoluteFilePath());
    if (wish.simulate)
        workbench.devices().simulate();
    return QApplication::exec();
}
