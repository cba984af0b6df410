#include "device-manager/core/chartarrangement.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <map>

namespace device {

using runtime::ErrorCode;
using runtime::failure;

namespace {

constexpr int arrangementVersion = 1;
// One file of an application should not make a window of a thousand charts.
constexpr qsizetype mostCharts = 64, mostInOne = 64;

QJsonObject keyToJson(const SeriesKey &key)
{
    QJsonObject object{{QStringLiteral("function"), key.function},
                       {QStringLiteral("series"), key.series}};
    if (!key.place.isEmpty())
        object.insert(QStringLiteral("place"), key.place);
    return object;
}

SeriesKey keyFromJson(const QJsonValue &value)
{
    const QJsonObject object = value.toObject();
    return {object[QStringLiteral("place")].toString(),
            object[QStringLiteral("function")].toString(),
            object[QStringLiteral("series")].toString()};
}

QJsonObject chartToJson(const ChartSpec &chart)
{
    QJsonArray series, thresholds;
    for (const SeriesKey &key : chart.series)
        series.append(keyToJson(key));
    for (const Threshold &t : chart.thresholds)
        thresholds.append(
            QJsonObject{{t.above ? QStringLiteral("above") : QStringLiteral("below"), t.value}});
    QJsonObject object{{QStringLiteral("series"), series}};
    if (chart.kind == ChartSpec::Kind::Xy)
        object.insert(QStringLiteral("kind"), QStringLiteral("xy"));
    if (chart.scale == ChartSpec::Scale::Normalised)
        object.insert(QStringLiteral("scale"), QStringLiteral("normalised"));
    if (!thresholds.isEmpty())
        object.insert(QStringLiteral("thresholds"), thresholds);
    return object;
}

ChartSpec chartFromJson(const QJsonObject &object)
{
    ChartSpec chart;
    for (const QJsonValue &key : object[QStringLiteral("series")].toArray())
        if (chart.series.size() < std::size_t(mostInOne))
            chart.series.push_back(keyFromJson(key));
    if (object[QStringLiteral("kind")] == QStringLiteral("xy") && chart.series.size() == 2)
        chart.kind = ChartSpec::Kind::Xy;
    if (object[QStringLiteral("scale")] == QStringLiteral("normalised"))
        chart.scale = ChartSpec::Scale::Normalised;
    for (const QJsonValue &value : object[QStringLiteral("thresholds")].toArray()) {
        const QJsonObject threshold = value.toObject();
        const bool above = threshold.contains(QStringLiteral("above"));
        const QJsonValue limit =
            threshold[above ? QStringLiteral("above") : QStringLiteral("below")];
        if (limit.isDouble())
            chart.thresholds.push_back({limit.toDouble(), above});
    }
    return chart;
}

} // namespace

bool ChartArrangement::knows(const SeriesKey &key) const
{
    return hidden.contains(key) || std::ranges::any_of(charts, [&](const ChartSpec &chart) {
               return std::ranges::find(chart.series, key) != chart.series.end();
           });
}

ChartArrangement grouped(const std::set<SeriesKey> &keys, Grouping grouping)
{
    std::map<QString, ChartSpec> charts;
    for (const SeriesKey &key : keys) {
        const QString group = grouping == Grouping::ByFunction ? key.function
                              : grouping == Grouping::ByPlace  ? key.place
                              : grouping == Grouping::EachAlone
                                  ? key.place + QChar(0) + key.function + QChar(0) + key.series
                                  : QString();
        charts[group].series.push_back(key);
    }
    ChartArrangement arrangement;
    for (auto &[group, chart] : charts)
        arrangement.charts.push_back(std::move(chart));
    return arrangement;
}

QByteArray toJson(const ChartArrangement &arrangement)
{
    QJsonArray charts, hidden;
    for (const ChartSpec &chart : arrangement.charts)
        charts.append(chartToJson(chart));
    for (const SeriesKey &key : arrangement.hidden)
        hidden.append(keyToJson(key));
    return QJsonDocument(QJsonObject{{QStringLiteral("version"), arrangementVersion},
                                     {QStringLiteral("charts"), charts},
                                     {QStringLiteral("hidden"), hidden}})
        .toJson();
}

runtime::Result<ChartArrangement> arrangementFromJson(const QByteArray &text)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(text, &error);
    if (!document.isObject())
        return failure(ErrorCode::RequestInvalid, "charts.json", error.errorString().toStdString());
    const QJsonObject object = document.object();
    if (object[QStringLiteral("version")].toInt() != arrangementVersion)
        return failure(ErrorCode::RequestInvalid, "charts.json", "of another version");
    ChartArrangement arrangement;
    for (const QJsonValue &chart : object[QStringLiteral("charts")].toArray())
        if (arrangement.charts.size() < std::size_t(mostCharts))
            arrangement.charts.push_back(chartFromJson(chart.toObject()));
    std::erase_if(arrangement.charts, [](const ChartSpec &chart) { return chart.series.empty(); });
    for (const QJsonValue &key : object[QStringLiteral("hidden")].toArray())
        arrangement.hidden.insert(keyFromJson(key));
    return arrangement;
}

} // namespace device
