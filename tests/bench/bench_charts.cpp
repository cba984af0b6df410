#include "device-manager/ui/watchpane.h"
#include "report.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QTimer>

#include <cmath>
#include <ctime>
#include <memory>

using bench::number;
using bench::Report;

/// The real charts, fed as a device feeds them, painted by the processor alone: how often they are
/// drawn and what that costs.
namespace {

double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

/// Counts how often a widget is painted.
class Frames final : public QObject
{
public:
    explicit Frames(QWidget *widget) { widget->installEventFilter(this); }
    int count = 0;

private:
    bool eventFilter(QObject *, QEvent *event) override
    {
        count += event->type() == QEvent::Paint ? 1 : 0;
        return false;
    }
};

/// One tick of \a series at 1 kHz.
void addTick(std::vector<runtime::Reading> &readings, std::int64_t timeUs, int series)
{
    static std::uint64_t cursor = 0;
    for (int s = 0; s < series; ++s) {
        ++cursor;
        readings.push_back({cursor, cursor, timeUs, "bench", "channel" + std::to_string(s),
                            std::sin(double(timeUs) / 3e5 + s) * 100 + double(cursor % 17),
                            "sha256:ab", "0123456789abcdef0123456789abcdef"});
    }
}

std::int64_t nowUs()
{
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return std::int64_t(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

void measure(Report &report, int series, double framesGoal, double processorGoal)
{
    constexpr double seconds = 10;
    const QString place = QStringLiteral("bench");
    device::WatchPane pane;
    pane.setColors({Qt::white,
                    Qt::lightGray,
                    Qt::gray,
                    Qt::black,
                    Qt::darkGray,
                    Qt::blue,
                    Qt::darkYellow,
                    Qt::red,
                    {Qt::blue, Qt::red, Qt::green, Qt::magenta, Qt::cyan, Qt::darkYellow,
                     Qt::darkBlue, Qt::black}});
    pane.resize(640, 1000);
    pane.setSource(place, place, true);
    pane.setSpan(5000); // more than 60 columns a second
    pane.show();
    std::unique_ptr<Frames> frames;
    std::int64_t last = nowUs() / 1000;
    QTimer feed;
    feed.setTimerType(Qt::PreciseTimer);
    double longest = 0;
    QElapsedTimer beat;
    QObject::connect(&feed, &QTimer::timeout, &pane, [&] {
        // The thread was held for as long as this comes late.
        if (beat.isValid())
            longest = std::max(longest, double(beat.nsecsElapsed()) / 1e6 - 20);
        beat.start();
        std::vector<runtime::Reading> readings;
        for (const std::int64_t now = nowUs() / 1000; last < now; ++last)
            addTick(readings, last * 1000, series);
        pane.add(place, readings);
    });
    feed.start(20);
    QTimer::singleShot(2000, &pane, [&] { // charts are there, caches are warm
        frames = std::make_unique<Frames>(pane.findChild<device::TimeChart *>()->viewport());
        longest = 0;
        const double before = processorSeconds();
        const std::uint64_t readingsBefore = pane.readingCount();
        QTimer::singleShot(int(seconds * 1000), &pane, [&, before, readingsBefore] {
            const std::string name = std::to_string(series) + " series × 1 kHz: ";
            const double rate = frames->count / seconds;
            const double processor = (processorSeconds() - before) / seconds;
            const double arrived = double(pane.readingCount() - readingsBefore) / seconds;
            report.add(name + "frames", number("%.1f /s", rate),
                       framesGoal > 0 ? number(">= %.0f /s", framesGoal) : "",
                       rate >= framesGoal - 1);
            report.add(name + "processor", number("%.0f %% of a core", processor * 100),
                       processorGoal > 0 ? number("< %.0f %%", processorGoal * 100) : "",
                       processor < processorGoal);
            report.add(name + "readings taken", number("%.0f /s", arrived),
                       number(">= %.0f /s", series * 990.0), arrived >= series * 990.0);
            report.add(name + "longest wait of the window", number("%.1f ms", longest));
            QCoreApplication::quit();
        });
    });
    QApplication::exec();
}

} // namespace

int main(int count, char **arguments)
{
    QApplication app(count, arguments);
    Report report;
    report.begin(
        qPrintable(QStringLiteral("Live charts, platform %1").arg(QApplication::platformName())));
    measure(report, 8, 60, 0.5);
    measure(report, 64, 0, 0);
    return report.missed() == 0 ? 0 : 1;
}
