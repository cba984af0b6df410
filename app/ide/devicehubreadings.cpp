#include "app/ide/devicehub.h"

#include "device-manager/core/readingexport.h"
#include "device-manager/core/readingstore.h"

#include <cmath>
#include <tuple>

// What the hub reads from the stores of its devices.
namespace app {

using runtime::Happening;
using runtime::Result;

namespace {

device::SeriesName nameOf(const device::SeriesKey &key)
{
    return {key.function.toStdString(), key.series.toStdString()};
}

} // namespace

void DeviceHub::showStored(const QString &name)
{
    device::ReadingStore *known = store(name);
    if (!known)
        return;
    known->series().then(this,
                         [this, name](const Result<std::vector<device::ReadingSeries>> &series) {
                             if (series)
                                 Q_EMIT stored(name, *series);
                         });
    known->switches().then(this, [this, name](const Result<std::vector<runtime::Switch>> &all) {
        for (const runtime::Switch &change : all.value_or(std::vector<runtime::Switch>{}))
            tellSwitch(name, change);
    });
}

void DeviceHub::readHistory(const QString &name, const device::HistoryQuestion &question)
{
    device::ReadingStore *known = store(name);
    if (!known)
        return;
    known
        ->points(nameOf(question.key), std::llround(question.from * 1000),
                 std::llround(question.to * 1000), question.columns)
        .then(this, [this, question](const Result<device::SeriesPoints> &points) {
            Q_EMIT historyRead(question, points.value_or(device::SeriesPoints{}));
        });
}

void DeviceHub::readFigures(const QString &name, const device::SeriesKey &key, std::int64_t fromUs,
                            std::int64_t toUs)
{
    device::ReadingStore *known = store(name);
    if (!known)
        return;
    known->figures(nameOf(key), fromUs, toUs)
        .then(this, [this, key, fromUs, toUs](const Result<device::ReadingFigures> &figures) {
            Q_EMIT figuresRead(key, fromUs, toUs, figures.value_or(device::ReadingFigures{}));
        });
}

void DeviceHub::findInvocation(const QString &name, const device::SeriesKey &key,
                               std::int64_t timeUs)
{
    device::ReadingStore *known = store(name);
    if (!known)
        return;
    known->nearest(nameOf(key), timeUs)
        .then(this, [this, name](const Result<std::optional<runtime::Reading>> &reading) {
            if (reading && *reading && !(*reading)->invocation.empty())
                Q_EMIT invocationFound(name, QString::fromStdString((*reading)->invocation));
        });
}

void DeviceHub::exportReadings(const QString &name, const QString &file,
                               const device::ExportRange &range)
{
    device::ReadingStore *known = store(name);
    if (!known)
        return;
    device::exportReadings(*known, file, range, m_stop.get_token())
        .then(this, [this, file](const Result<> &written) {
            if (written)
                Q_EMIT exported(file);
            else
                Q_EMIT failed(written.error());
        });
}

} // namespace app
