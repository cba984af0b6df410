#include "device-manager/ui/chartticks.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>
#include <array>
#include <cmath>

namespace device {

namespace {

constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

} // namespace

std::pair<double, double> niceRange(double least, double most)
{
    const double rough = std::max(1e-9, (most - least) / 2);
    const double scale = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0}) {
        const double step = factor * scale;
        const double bottom = std::floor(least / step) * step;
        if (bottom + 2 * step >= most)
            return {bottom, bottom + 2 * step};
    }
    return {least, most};
}

QString valueText(double value)
{
    const double size = std::abs(value);
    if (size != 0 && (size >= 1e7 || size < 0.005))
        return QString::number(value, 'g', 4);
    return QString::number(value, 'f', value == std::floor(value) ? 0 : size < 10 ? 2 : 1);
}

double timeStep(double span, int count)
{
    constexpr std::array steps{
        1.0,         2.0,      5.0,        10.0,       20.0,        50.0,        100.0,
        200.0,       500.0,    second,     2 * second, 5 * second,  10 * second, 15 * second,
        30 * second, minute,   2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
        hour,        2 * hour, 3 * hour,   6 * hour,   12 * hour,   day,         2 * day,
        7 * day,     14 * day, 30 * day,   91 * day,   182 * day,   365 * day,   5 * 365 * day};
    const double wanted = span / std::max(1, count);
    const auto step = std::ranges::lower_bound(steps, wanted);
    return step == steps.end() ? steps.back() : *step;
}

double firstTick(double from, double step)
{
    double offset = 0;
    if (step >= minute)
        offset = second * QDateTime::fromMSecsSinceEpoch(qint64(from)).offsetFromUtc();
    return std::ceil((from + offset) / step) * step - offset;
}

QString tickText(double time, double step)
{
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(std::llround(time));
    if (step < second)
        return at.toString(QStringLiteral("ss.zzz"));
    if (step < minute)
        return at.toString(QStringLiteral("HH:mm:ss"));
    if (step < day)
        return at.toString(QStringLiteral("HH:mm"));
    return at.toString(step < 300 * day ? QStringLiteral("d MMM") : QStringLiteral("MMM yyyy"));
}

QString momentText(double time, double span)
{
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(std::llround(time));
    const bool isToday = at.date() == QDate::currentDate();
    const QString clock = at.toString(span < 10 * minute ? QStringLiteral("HH:mm:ss.zzz")
                                      : span < 7 * day   ? QStringLiteral("HH:mm:ss")
                                                         : QStringLiteral("HH:mm"));
    return isToday ? clock : at.toString(QStringLiteral("d MMM yyyy ")) + clock;
}

QString spanText(double span)
{
    const auto text = [](double number, const char *unit) {
        return QString::number(number, 'g', 3) + QStringLiteral(" ") +
               QCoreApplication::translate("device::WatchPane", unit);
    };
    if (span < second)
        return text(span, "ms");
    if (span < 2 * minute)
        return text(span / second, "s");
    if (span < 2 * hour)
        return text(span / minute, "min");
    if (span < 2 * day)
        return text(span / hour, "h");
    return text(span / day, "days");
}

} // namespace device
