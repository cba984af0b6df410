#include "tests/system/virtualpis/pifunction.h"
#include "tests/system/virtualpis/virtualpis.h"

#include "device-manager/core/pusher.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QFutureWatcher>
#include <QProcess>

#include <algorithm>
#include <cstdio>
#include <ctime>

using device::DeviceLink;
using device::Pusher;
using tests::PiFunction;
using tests::VirtualPis;

// Pushes to virtual Raspberry Pis, side by side with what people do without Edgewright, and to many
// at once. Needs root; packages: see virtualpis.h, and rsync.
//   bench_devices             all
//   bench_devices NAME...     of: push, many

namespace {

constexpr int rounds = 20;
constexpr int devices = 12;

using Times = std::vector<double>; ///< Milliseconds.

double msOf(const QElapsedTimer &timer)
{
    return double(timer.nsecsElapsed()) / 1e6;
}

double medianOf(Times times)
{
    std::ranges::sort(times);
    return times.empty() ? 0 : times[times.size() / 2];
}

void showTimes(const char *what, const Times &times, double ours)
{
    std::printf("  %-28s median %7.1f ms, max %7.1f ms, %5.1f x ours\n", what, medianOf(times),
                *std::ranges::max_element(times), medianOf(times) / ours);
}

[[noreturn]] void giveUp(const char *what, const std::string &why)
{
    std::fprintf(stderr, "%s: %s\n", what, why.c_str());
    std::exit(2);
}

/// OpenSSH's own client with one connection kept open, as those who push often have it.
class Peer final
{
public:
    Peer(const device::Device &device, const QString &folder)
        : m_config(folder + QStringLiteral("/ssh_config"))
    {
        QFile file(m_config);
        if (!file.open(QIODevice::WriteOnly))
            giveUp("ssh_config", "cannot be written");
        file.write("Host pi\n  HostName " + device.host.toLatin1() +
                   "\n  User pi\n  IdentityFile " + device.keyFile.toLatin1() +
                   "\n  UserKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n"
                   "  LogLevel ERROR\n  ControlMaster auto\n  ControlPersist 60\n  ControlPath " +
                   folder.toLatin1() + "/%C\n");
        file.close();
        run({QStringLiteral("ssh"), QStringLiteral("-F"), m_config, QStringLiteral("pi"),
             QStringLiteral("mkdir -p app")});
    }

    ~Peer()
    {
        run({QStringLiteral("ssh"), QStringLiteral("-F"), m_config, QStringLiteral("-O"),
             QStringLiteral("exit"), QStringLiteral("pi")});
    }

    Peer(const Peer &) = delete;
    Peer &operator=(const Peer &) = delete;

    void rsync(const QString &folder) const
    {
        // By contents: an edit of the same size within a second is not seen by time and size.
        run({QStringLiteral("rsync"), QStringLiteral("-azc"), QStringLiteral("-e"),
             QStringLiteral("ssh -F ") + m_config, folder + QStringLiteral("/answer.py"),
             QStringLiteral("pi:app/")});
    }

    void scp(const QString &folder) const
    {
        run({QStringLiteral("scp"), QStringLiteral("-q"), QStringLiteral("-F"), m_config,
             folder + QStringLiteral("/answer.py"), QStringLiteral("pi:app/")});
    }

    /// A new process with the new code, and what it answers. Without compiled files, which Python
    /// tells apart by size and second alone.
    [[nodiscard]] QByteArray restart() const
    {
        return run({QStringLiteral("ssh"), QStringLiteral("-F"), m_config, QStringLiteral("pi"),
                    QStringLiteral("cd app && python3 -B -c 'import answer; "
                                   "print(answer.handler({}, None)[\"value\"])'")});
    }

private:
    static QByteArray run(QStringList command)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        const QString program = command.takeFirst();
        process.start(program, command);
        process.waitForFinished(60'000);
        return process.readAllStandardOutput().trimmed();
    }

    QString m_config;
};

/// The result of \a future as soon as it is there: QTest looks every 10 ms only.
template<typename T> T await(const QFuture<T> &future)
{
    QEventLoop loop;
    QFutureWatcher<T> watcher;
    QObject::connect(&watcher, &QFutureWatcher<T>::finished, &loop, &QEventLoop::quit);
    watcher.setFuture(future);
    if (!future.isFinished())
        loop.exec();
    return future.result();
}

double pushOnce(Pusher &pusher, const PiFunction &function, int value)
{
    QElapsedTimer timer;
    timer.start();
    const auto pushed = await(pusher.push(function.function(), {}, "{}"));
    if (!pushed || pushed->error)
        giveUp("push", pushed ? pushed->error->detail : pushed.error().detail);
    if (pushed->answer.value().result != "{\"value\":" + std::to_string(value) + "}")
        giveUp("an old version answered", pushed->answer->result);
    return msOf(timer);
}

/// A changed file until its new code has answered, each way in turn.
void besidePeers(VirtualPis &bench, const char *name, const QByteArray &cable)
{
    if (!bench.shape(1, cable))
        giveUp("cable", cable.toStdString());
    DeviceLink link(bench.device(1), tests::testOptions());
    if (!tests::bringOnline(link))
        giveUp("link", "it does not come online");
    Pusher pusher(&link);
    const PiFunction function;
    const QTemporaryDir folder;
    const Peer peer(bench.device(1), folder.path());
    Times ours, rsync, scp;
    int value = 1000;
    const auto time = [&](Times &times, auto way) {
        function.writeAnswer(++value);
        QElapsedTimer timer;
        timer.start();
        way();
        if (peer.restart() != QByteArray::number(value))
            giveUp("peer", "an old version answered");
        times.push_back(msOf(timer));
    };
    for (int round = 0; round <= rounds; ++round) {
        function.writeAnswer(++value);
        ours.push_back(pushOnce(pusher, function, value));
        time(rsync, [&] { peer.rsync(function.folder()); });
        time(scp, [&] { peer.scp(function.folder()); });
        if (round == 0) // cold: nothing was ever sent
            for (Times *times : {&ours, &rsync, &scp})
                times->clear();
    }
    std::printf("%s: a changed file until its new code answered (%d rounds)\n", name, rounds);
    showTimes("edgewright push", ours, medianOf(ours));
    showTimes("rsync and a new process", rsync, medianOf(ours));
    showTimes("scp and a new process", scp, medianOf(ours));
    if (!bench.shape(1, {}))
        giveUp("cable", "cannot be reset");
}

/// One of several devices that are pushed to at once.
struct Station {
    explicit Station(const device::Device &device)
        : link(device, tests::testOptions()), pusher(&link)
    {
    }
    DeviceLink link;
    Pusher pusher;
};

/// Until the last of \a stations serves the new version, in ms.
double pushAll(const std::vector<Station *> &stations, const PiFunction &function,
               const std::vector<Station *> &hindered = {})
{
    QElapsedTimer timer;
    timer.start();
    std::stop_source stop;
    std::vector<QFuture<runtime::Result<device::PushReport>>> pushes, others;
    for (Station *station : hindered)
        others.push_back(station->pusher.push(function.function(), stop.get_token()));
    for (Station *station : stations)
        pushes.push_back(station->pusher.push(function.function()));
    for (const auto &push : pushes)
        if (const auto pushed = await(push); !pushed || pushed->error)
            giveUp("push", pushed ? pushed->error->detail : pushed.error().detail);
    const double ms = msOf(timer);
    stop.request_stop();
    for (const auto &other : others)
        (void)await(other);
    return ms;
}

/// Twelve devices whose first is number \a first.
class Fleet final
{
public:
    Fleet(VirtualPis &bench, int first, const QByteArray &words)
    {
        for (int pi = first; pi < first + devices; ++pi) {
            if (!bench.boot(pi, words))
                giveUp("bench", "a Pi does not boot");
            m_owned.push_back(std::make_unique<Station>(bench.device(pi)));
            all.push_back(m_owned.back().get());
            if (!tests::bringOnline(all.back()->link))
                giveUp("link", "it does not come online");
        }
        push(all); // the first is slower
    }

    /// A changed line to \a stations; see pushAll().
    double push(const std::vector<Station *> &stations, const std::vector<Station *> &beside = {})
    {
        m_function.writeAnswer(++m_value);
        return pushAll(stations, m_function, beside);
    }

    std::vector<Station *> all;

private:
    PiFunction m_function;
    int m_value = 0;
    std::vector<std::unique_ptr<Station>> m_owned;
};

/// Processor time of this process, in ms.
double ownProcessorMs()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
}

void oneAndAll(Fleet &fleet, const char *name)
{
    const std::vector<Station *> first(fleet.all.begin(), fleet.all.begin() + 1);
    Times one, all, own;
    for (int round = 0; round < 9; ++round) {
        one.push_back(fleet.push(first));
        const double before = ownProcessorMs();
        all.push_back(fleet.push(fleet.all));
        own.push_back((ownProcessorMs() - before) / devices);
    }
    std::printf(
        "%s: one device %.1f ms, %d at once %.1f ms: %.1f x (goal 2); this side's processor "
        "time %.1f ms for each\n",
        name, medianOf(one), devices, medianOf(all), medianOf(all) / medianOf(one), medianOf(own));
}

void manyAtOnce(VirtualPis &bench)
{
    {
        // A machine with two processors is no twelve computers: they wait for each other. These
        // leave some of it to this side.
        Fleet slow(bench, 1 + devices, "cpu=10");
        oneAndAll(slow, "Each device with a tenth of a processor");
    }
    for (int pi = 1 + devices; pi <= 2 * devices; ++pi)
        if (!bench.powerOff(pi))
            giveUp("bench", "a Pi stays on");
    Fleet fleet(bench, 1 + 2 * devices, {});
    oneAndAll(fleet, "All devices on this machine's processors");
    const std::vector<Station *> well(fleet.all.begin(), fleet.all.end() - 2);
    const std::vector<Station *> last(fleet.all.end() - 2, fleet.all.end());
    Times ten, hindered;
    for (int round = 0; round < 5; ++round)
        ten.push_back(fleet.push(well));
    // One that is slow, one whose cable is out and who has not been missed yet.
    if (!bench.shape(3 * devices, "delay=400 rate=0.1") || !bench.plug(3 * devices - 1, false))
        giveUp("cable", "cannot be changed");
    hindered.push_back(fleet.push(well, last));
    std::printf("%d devices %.1f ms, beside a slow and a dead one %.1f ms: %.1f x\n", devices - 2,
                medianOf(ten), medianOf(hindered), medianOf(hindered) / medianOf(ten));
}

} // namespace

int main(int count, char **arguments)
{
    const QTemporaryDir state;
    qputenv("EDGEWRIGHT_STATE", state.path().toLocal8Bit());
    const QTemporaryDir home; // no SSH configuration of the user's
    qputenv("HOME", home.path().toLocal8Bit());
    const QCoreApplication app(count, arguments);
    VirtualPis bench;
    if (!bench.whyNot().isEmpty())
        giveUp("bench", bench.whyNot().toStdString());
    if (!bench.enter() || !bench.boot(1))
        giveUp("bench", "it does not start");
    const QStringList wanted = app.arguments().mid(1);
    if (wanted.isEmpty() || wanted.contains(QStringLiteral("push"))) {
        besidePeers(bench, "Cable", {});
        besidePeers(bench, "20 ms round trip", "delay=10");
    }
    if (wanted.isEmpty() || wanted.contains(QStringLiteral("many")))
        manyAtOnce(bench);
    return 0;
}
