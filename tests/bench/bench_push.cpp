#include "device-manager/core/devicelink.h"
#include "device-manager/core/pusher.h"
#include "device-manager/core/simulatedpi.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace device;
using runtime::Result;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int rounds = 20;
constexpr double goalMs = 50;

double msSince(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A wheel of so many modules, the only one that pip finds. Package: python3-pip.
void makeWheel(const QString &folder, int modules)
{
    QProcess python;
    python.start(QStringLiteral("/usr/bin/python3"),
                 {QStringLiteral("-c"),
                  QStringLiteral(
                      "import sys, zipfile\n"
                      "info = 'many-1.0.dist-info/'\n"
                      "with zipfile.ZipFile(sys.argv[1] + '/many-1.0-py3-none-any.whl', 'w') as "
                      "z:\n"
                      "    for i in range(int(sys.argv[2])):\n"
                      "        z.writestr(f'many/module{i}.py', f'VALUE = {i}\\n')\n"
                      "    z.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: many\\n'"
                      "'Version: 1.0\\n')\n"
                      "    z.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: bench\\n'\n"
                      "               'Root-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
                      "    z.writestr(info + 'RECORD', '')\n"),
                  folder, QString::number(modules)});
    python.waitForFinished();
    qputenv("PIP_NO_INDEX", "1");
    qputenv("PIP_FIND_LINKS", folder.toLocal8Bit());
}

/// Pushes a changed Python file again and again over one warm link, and asks for its value. With \a
/// modules the function asks for a package of so many files, which stays.
class PushBench final : public QObject
{
    Q_OBJECT

public:
    PushBench(const QString &program, int modules)
        : m_pi(QStringLiteral("simulated-pi"), m_folder.filePath(QStringLiteral("pi")))
        , m_program(program)
    {
        QDir().mkpath(m_folder.filePath(QStringLiteral("source")));
        if (modules > 0) {
            makeWheel(m_folder.path(), modules);
            QFile asks(m_folder.filePath(QStringLiteral("source/requirements.txt")));
            if (asks.open(QIODevice::WriteOnly))
                asks.write("many==1.0\n");
        }
        m_function.spec.name = "answer";
        m_function.spec.runtime = "python3";
        m_function.spec.handler = "answer.handler";
        m_function.spec.dialect = "aws";
        m_function.source = m_folder.filePath(QStringLiteral("source")).toStdString();
        connect(&m_pi, &SimulatedPi::failed, this, &PushBench::fail);
        connect(&m_pi, &SimulatedPi::started, this, [this](const Device &device) {
            DeviceLink::Options options;
            options.program = m_program;
            m_link = std::make_unique<DeviceLink>(device, options);
            connect(m_link.get(), &DeviceLink::failed, this, &PushBench::fail);
            connect(m_link.get(), &DeviceLink::lost, this, &PushBench::fail);
            connect(m_link.get(), &DeviceLink::stateChanged, this, [this](DeviceLink::State state) {
                if (state != DeviceLink::State::Online)
                    return;
                m_pusher = std::make_unique<Pusher>(m_link.get());
                pushNext();
            });
            m_link->open();
        });
        m_pi.start();
    }

private:
    void pushNext()
    {
        QFile file(m_folder.filePath(QStringLiteral("source/answer.py")));
        if (!file.open(QIODevice::WriteOnly))
            return fail({});
        file.write("import json\n\ndef handler(event, context):\n    return " +
                   QByteArray::number(m_round) + "\n");
        file.close();
        m_start = Clock::now();
        m_pusher->push(m_function, {}, "{}").then(this, [this](const Result<PushReport> &report) {
            if (!report || report->error)
                return fail(report ? *report->error : report.error());
            m_pushes.push_back(report->ms);
            m_bytes = report->bytesSent;
            m_answers.push_back(msSince(m_start));
            if (report->answer.value().result != std::to_string(m_round))
                return fail({runtime::ErrorCode::Internal, "an old value answered",
                             report->answer->result});
            // The first one is cold: nothing was ever sent, no interpreter had been started.
            if (++m_round <= rounds)
                pushNext();
            else
                finish();
        });
    }

    void finish()
    {
        std::printf("first push %.1f ms, with its answer %.1f ms\n", m_pushes[0], m_answers[0]);
        const double median = show("push", m_pushes);
        show("push + first answer", m_answers);
        std::printf("bytes sent for the changed file: %llu\n",
                    static_cast<unsigned long long>(m_bytes));
        QCoreApplication::exit(median < goalMs ? 0 : 1);
    }

    static double show(const char *what, std::vector<double> &times)
    {
        std::sort(times.begin() + 1, times.end());
        const double median = times[1 + (times.size() - 1) / 2];
        std::printf("%-20s median %6.1f ms, max %6.1f ms (%d pushes, goal: median under %.0f ms)\n",
                    what, median, times.back(), rounds, goalMs);
        return median;
    }

    void fail(const runtime::Error &error)
    {
        const std::string_view name = runtime::wireName(error.code);
        std::fprintf(stderr, "%.*s: %s: %s\n", int(name.size()), name.data(), error.subject.c_str(),
                     error.detail.c_str());
        QCoreApplication::exit(2);
    }

    QTemporaryDir m_folder;
    SimulatedPi m_pi;
    QString m_program;
    runtime::ApplicationFunction m_function;
    std::unique_ptr<DeviceLink> m_link;
    std::unique_ptr<Pusher> m_pusher;
    std::vector<double> m_pushes, m_answers;
    std::uint64_t m_bytes = 0;
    int m_round = 0;
    Clock::time_point m_start;
};

} // namespace

int main(int count, char **arguments)
{
    const QTemporaryDir state;
    qputenv("EDGEWRIGHT_STATE", state.path().toLocal8Bit());
    QCoreApplication app(count, arguments);
    const PushBench bench(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"),
                          app.arguments().value(1).toInt());
    return app.exec();
}

#include "bench_push.moc"
