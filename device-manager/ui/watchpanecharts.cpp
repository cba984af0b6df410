#include "device-manager/ui/timeaxis.h"
#include "device-manager/ui/versiontable.h"
#include "device-manager/ui/watchpane.h"

#include <QBoxLayout>
#include <QMenu>
#include <QStackedWidget>

#include <algorithm>
#include <cmath>

namespace device {

namespace {

/// Series that were silent for so long get no chart by themselves.
constexpr double lately = 10 * 60 * 1000;

} // namespace

/// A place that is not the watched one is named; the watched one is not, so that an arrangement
/// serves whichever device is chosen.
SeriesKey WatchPane::relative(SeriesKey key) const
{
    if (key.place == m_place)
        key.place.clear();
    return key;
}

SeriesKey WatchPane::resolved(SeriesKey key) const
{
    if (key.place.isEmpty())
        key.place = m_place;
    return key;
}

std::set<SeriesKey> WatchPane::known() const
{
    std::set<SeriesKey> keys = m_offered;
    for (const SeriesKey &key : m_pool.keys())
        keys.insert(relative(key));
    return keys;
}

QString WatchPane::nameOf(const SeriesKey &key) const
{
    QString name = key.series;
    const auto keys = known();
    const bool isOfOtherFunction = std::ranges::any_of(keys, [&key](const SeriesKey &other) {
        return other.place == key.place && other.function != key.function;
    });
    if (isOfOtherFunction)
        name.prepend(key.function + QStringLiteral(" · "));
    if (!key.place.isEmpty())
        name += QStringLiteral(" @ ") + key.place.section(QLatin1Char(':'), -1);
    return name;
}

std::vector<ChartSpec> WatchPane::charts() const
{
    std::vector<ChartSpec> charts;
    for (ChartSpec chart : m_arrangement.charts) {
        std::erase_if(chart.series,
                      [this](const SeriesKey &key) { return !m_pool.find(resolved(key)); });
        if (!chart.series.empty())
            charts.push_back(std::move(chart));
    }
    for (const SeriesKey &key : m_pool.keys())
        if (key.place == m_place && !m_arrangement.knows(relative(key)))
            charts.push_back({.series = {relative(key)}, .thresholds = {}});
    return charts;
}

void WatchPane::rebuild()
{
    const std::vector<ChartSpec> wanted = charts();
    for (std::size_t i = 0; i < std::max(wanted.size(), m_boxes.size()); ++i) {
        ChartBox *former = i < m_boxes.size() ? m_boxes[i] : nullptr;
        if (former && (i >= wanted.size() || former->spec() != wanted[i])) {
            m_column->removeWidget(former);
            former->hide();
            former->setSeries({}); // what it shows may go before it
            former->disconnect(this);
            former->deleteLater(); // its own menu may be what asked for this
            m_boxes[i] = former = nullptr;
        }
        if (i >= wanted.size())
            continue;
        if (!former) {
            former = new ChartBox(wanted[i], m_charts);
            m_column->insertWidget(int(i), former, 1);
            if (i < m_boxes.size())
                m_boxes[i] = former;
            else
                m_boxes.push_back(former);
            former->setNaming([this](const SeriesKey &key) { return nameOf(key); });
            former->setNumberFont(m_numberFont);
            former->setColors(m_colors);
            connectBox(former, i);
        }
        std::vector<const WatchedSeries *> series;
        for (const SeriesKey &key : wanted[i].series)
            series.push_back(m_pool.find(resolved(key)));
        if (series != former->series())
            former->setSeries(series);
    }
    m_boxes.resize(wanted.size());
    for (ChartBox *box : m_boxes) // few charts share the height, many stay of one size
        box->setMaximumHeight(m_boxes.size() <= 2 ? QWIDGETSIZE_MAX : 300);
    m_chartedPlaces.clear();
    for (const ChartBox *box : m_boxes)
        for (const WatchedSeries *series : box->series())
            m_chartedPlaces.insert(series->key().place);
    m_pages->setCurrentIndex(m_pool.keys().empty() ? 0 : 1);
    m_isStale = true;
}

void WatchPane::connectBox(ChartBox *box, std::size_t index)
{
    box->setChoices([this] { return known(); });
    connect(box, &ChartBox::changed, this,
            [this, index](const ChartSpec &wanted) { change(index, wanted); });
    connect(box, &ChartBox::removed, this, [this, index] { change(index, std::nullopt); });
    connect(box, &ChartBox::hideWanted, this,
            [this](const SeriesKey &key) { m_arrangement.hidden.insert(key); });
    TimeChart *chart = box->chart();
    if (!chart)
        return;
    connect(chart, &TimeChart::pointed, this, &WatchPane::showPointer);
    connect(chart, &TimeChart::panned, this, &WatchPane::pan);
    connect(chart, &TimeChart::zoomed, this, &WatchPane::zoom);
    connect(chart, &TimeChart::clicked, this, &WatchPane::onClicked);
}

/// One chart is to be another, or to go. From then on all of them are arranged.
void WatchPane::change(std::size_t index, std::optional<ChartSpec> wanted)
{
    std::vector<ChartSpec> all = charts();
    if (index >= all.size())
        return;
    if (wanted) {
        for (const SeriesKey &key : wanted->series) {
            m_arrangement.hidden.erase(key);
            m_offered.erase(key);
            (void)m_pool.at(resolved(key));
            // A series that moves into this chart leaves the one it had alone.
            for (std::size_t i = 0; i < all.size(); ++i)
                if (i != index && all[i].series == std::vector{key} && all[i].thresholds.empty())
                    all[i].series.clear();
        }
        all[index] = *wanted;
    } else {
        m_arrangement.hidden.insert(all[index].series.begin(), all[index].series.end());
        all[index].series.clear();
    }
    std::erase_if(all, [](const ChartSpec &chart) { return chart.series.empty(); });
    keepArrangement(all);
}

void WatchPane::keepArrangement(const std::vector<ChartSpec> &wanted)
{
    // Charts of series that do not show here, of another function say, stay arranged.
    std::vector<ChartSpec> absent = m_arrangement.charts;
    std::erase_if(absent, [this](const ChartSpec &chart) {
        return std::ranges::any_of(chart.series, [this](const SeriesKey &key) {
            return m_pool.find(resolved(key)) != nullptr;
        });
    });
    m_arrangement.charts = wanted;
    m_arrangement.charts.insert(m_arrangement.charts.end(), absent.begin(), absent.end());
    for (const ChartSpec &chart : m_arrangement.charts)
        for (const SeriesKey &key : chart.series)
            m_arrangement.hidden.erase(key);
    rebuild();
    Q_EMIT arrangementChanged();
}

void WatchPane::group(Grouping grouping)
{
    std::set<SeriesKey> keys;
    for (const SeriesKey &key : m_pool.keys())
        if (!m_arrangement.hidden.contains(relative(key)))
            keys.insert(relative(key));
    keepArrangement(grouped(keys, grouping).charts);
}

void WatchPane::setArrangement(const ChartArrangement &arrangement)
{
    m_arrangement = arrangement;
    rebuild();
}

void WatchPane::fillChartMenu(QMenu *menu)
{
    QMenu *added = menu->addMenu(tr("New chart of"));
    for (const SeriesKey &key : known())
        added->addAction(nameOf(key), this, [this, key] {
            std::vector<ChartSpec> all = charts();
            m_offered.erase(key);
            (void)m_pool.at(resolved(key));
            std::erase_if(all, [&key](const ChartSpec &c) { return c.series == std::vector{key}; });
            all.push_back({.series = {key}, .thresholds = {}});
            keepArrangement(all);
        });
    added->setEnabled(!added->isEmpty());
    QMenu *groups = menu->addMenu(tr("Group"));
    for (const auto &[text, grouping] :
         {std::pair(tr("A chart for each series"), Grouping::EachAlone),
          std::pair(tr("By function"), Grouping::ByFunction),
          std::pair(tr("By device"), Grouping::ByPlace),
          std::pair(tr("All in one"), Grouping::AllInOne)})
        groups->addAction(text, this, [this, grouping = grouping] { group(grouping); });
    menu->addAction(tr("Show all series"), this, [this] {
        m_arrangement = {};
        rebuild();
        Q_EMIT arrangementChanged();
    });
    menu->addSeparator();
    menu->addAction(tr("Everything there is") + QStringLiteral("\tHome"), this,
                    &WatchPane::showEverything);
    QAction *versions =
        menu->addAction(tr("Before and after each version…"), this, &WatchPane::showVersions);
    versions->setEnabled(!this->versions().empty());
}

void WatchPane::addStored(const QString &place, const std::vector<ReadingSeries> &series)
{
    if (place != m_place)
        m_pool.setStored(place, true);
    for (const ReadingSeries &stored : series) {
        if (stored.lastUs == 0)
            continue;
        const SeriesKey key{place, QString::fromStdString(stored.name.function),
                            QString::fromStdString(stored.name.series)};
        const double first = double(stored.firstUs) / 1000, last = double(stored.lastUs) / 1000;
        auto &[begin, end] = m_storedTimes.try_emplace(place, first, last).first->second;
        begin = std::min(begin, first);
        end = std::max(end, last);
        const bool isArranged =
            m_arrangement.knows(relative(key)) && !m_arrangement.hidden.contains(relative(key));
        if (isArranged || (place == m_place && last > now() - lately))
            (void)m_pool.at(key);
        else if (!m_pool.find(key))
            m_offered.insert(relative(key));
    }
    rebuild();
}

void WatchPane::showVersions()
{
    if (!m_versions) {
        m_versions = new VersionTable(this);
        connect(m_versions, &VersionTable::figuresWanted, this,
                [this](const SeriesKey &key, std::int64_t fromUs, std::int64_t toUs) {
                    const WatchedSeries *series = m_pool.find(key);
                    if (series && !series->isStored())
                        setFigures(key, fromUs, toUs,
                                   series->figures(double(fromUs) / 1000, double(toUs) / 1000));
                    else
                        Q_EMIT figuresWanted(key, fromUs, toUs);
                });
    }
    std::set<SeriesKey> keys = m_pool.keys();
    std::erase_if(keys, [this](const SeriesKey &key) { return key.place != m_place; });
    m_versions->open(versions(), keys, now());
}

void WatchPane::setFigures(const SeriesKey &key, std::int64_t fromUs, std::int64_t toUs,
                           const ReadingFigures &figures)
{
    if (m_versions)
        m_versions->setFigures(key, fromUs, toUs, figures);
}

void WatchPane::onClicked(const SeriesKey &key, double time)
{
    const WatchedSeries *series = m_pool.find(key);
    if (series)
        Q_EMIT invocationWanted(key, std::llround(time * 1000),
                                QString::fromStdString(series->invocationAt(time)));
}

} // namespace device
