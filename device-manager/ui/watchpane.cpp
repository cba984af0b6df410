#include "device-manager/ui/watchpane.h"

#include "device-manager/ui/chartticks.h"
#include "device-manager/ui/timeaxis.h"
#include "device-manager/ui/versiontable.h"

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QStackedWidget>
#include <QToolButton>

#include <cmath>

namespace device {

WatchPane::WatchPane(QWidget *parent)
    : QWidget(parent)
    , m_source(new QLabel(this))
    , m_note(new QLabel(this))
    , m_spans(new QComboBox(this))
    , m_pause(new QToolButton(this))
    , m_chartMenu(new QToolButton(this))
    , m_save(new QToolButton(this))
    , m_now(new QToolButton(this))
    , m_pages(new QStackedWidget(this))
{
    setAccessibleName(tr("Watch"));
    setFocusPolicy(Qt::StrongFocus);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(createHead());
    column->addWidget(m_pages, 1);
    m_pages->addWidget(createEmpty());
    m_pages->addWidget(createCharts());
    m_redraw.setTimerType(Qt::PreciseTimer);
    m_redraw.setInterval(16);
    connect(&m_redraw, &QTimer::timeout, this, &WatchPane::tick);
    m_sinceValues.start();
    showSpan();
}

WatchPane::~WatchPane() = default;

QWidget *WatchPane::createHead()
{
    auto *head = new QWidget(this);
    head->setObjectName(QStringLiteral("paneHead"));
    head->setAttribute(Qt::WA_StyledBackground);
    auto *title = new QLabel(tr("WATCH"), head);
    title->setProperty("role", QStringLiteral("head"));
    m_source->setProperty("role", QStringLiteral("quiet"));
    m_source->setMinimumWidth(0);
    m_spans->addItem(QString()); // the span that a wheel chose
    constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
    for (const double span : {second, 10 * second, 30 * second, 2 * minute, 10 * minute, hour, day,
                              7 * day, 30 * day, 365 * day})
        m_spans->addItem(spanText(span), span);
    m_spans->setAccessibleName(tr("Span of time"));
    connect(m_spans, &QComboBox::activated, this, [this](int index) {
        if (index > 0)
            setSpan(m_spans->itemData(index).toDouble());
    });
    m_pause->setCheckable(true);
    m_pause->setToolTip(tr("Hold the charts; readings go on being stored (Space)"));
    m_pause->setAccessibleName(tr("Pause"));
    connect(m_pause, &QToolButton::toggled, this, &WatchPane::setPaused);
    const QString noArrow = QStringLiteral("QToolButton::menu-indicator { image: none; }");
    m_chartMenu->setToolTip(tr("Arrange the charts"));
    m_chartMenu->setAccessibleName(tr("Charts"));
    m_chartMenu->setPopupMode(QToolButton::InstantPopup);
    m_chartMenu->setStyleSheet(noArrow);
    auto *charts = new QMenu(m_chartMenu);
    connect(charts, &QMenu::aboutToShow, this, [this, charts] {
        charts->clear();
        fillChartMenu(charts);
    });
    m_chartMenu->setMenu(charts);
    m_save->setToolTip(tr("Export readings or a picture"));
    m_save->setAccessibleName(tr("Export"));
    m_save->setPopupMode(QToolButton::InstantPopup);
    m_save->setStyleSheet(noArrow);
    auto *menu = new QMenu(m_save);
    m_exportAll = menu->addAction(tr("All readings as CSV…"), this, [this] { askExport(false); });
    m_exportShown =
        menu->addAction(tr("Readings shown as CSV…"), this, [this] { askExport(true); });
    menu->addAction(tr("Charts as PNG…"), this, &WatchPane::askPicture);
    m_save->setMenu(menu);
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(12, 4, 8, 4);
    row->setSpacing(4);
    row->addWidget(title);
    row->addSpacing(4);
    row->addWidget(m_source, 1);
    row->addWidget(m_spans);
    for (QToolButton *button : {m_pause, m_chartMenu, m_save})
        row->addWidget(button);
    return head;
}

QWidget *WatchPane::createCharts()
{
    m_charts = new QWidget;
    m_charts->setObjectName(QStringLiteral("surface"));
    m_charts->setAttribute(Qt::WA_StyledBackground);
    auto *column = new QVBoxLayout(m_charts);
    column->setContentsMargins(0, 8, 0, 8);
    column->setSpacing(4);
    column->addStretch(0); // what charts at their greatest height leave
    m_column = column;
    auto *scroll = new QScrollArea(this);
    scroll->setWidget(m_charts);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_axis = new TimeAxis(this);
    m_note->setProperty("role", QStringLiteral("quiet"));
    m_note->setMinimumWidth(0);
    m_now->setText(tr("Back to now"));
    m_now->setToolTip(tr("Follow the newest readings again (End)"));
    m_now->hide();
    connect(m_now, &QToolButton::clicked, this, [this] { setPaused(false); });
    auto *foot = new QHBoxLayout;
    foot->setContentsMargins(12, 0, 8, 0);
    foot->addWidget(m_note, 1);
    foot->addWidget(m_now);
    auto *page = new QWidget(this);
    page->setObjectName(QStringLiteral("surface"));
    page->setAttribute(Qt::WA_StyledBackground);
    auto *whole = new QVBoxLayout(page);
    whole->setContentsMargins(0, 0, 0, 4);
    whole->setSpacing(0);
    whole->addWidget(scroll, 1);
    whole->addWidget(m_axis); // below the charts, wherever they are scrolled to
    whole->addLayout(foot);
    return page;
}

QWidget *WatchPane::createEmpty()
{
    auto *empty = new QLabel(tr("Nothing to watch yet.\n\nNumbers that a function prints as "
                                "name:value, or returns, show here as charts."),
                             this);
    empty->setObjectName(QStringLiteral("surface"));
    empty->setAttribute(Qt::WA_StyledBackground);
    empty->setProperty("role", QStringLiteral("quiet"));
    empty->setAlignment(Qt::AlignCenter);
    empty->setWordWrap(true);
    empty->setMargin(24);
    return empty;
}

void WatchPane::setColors(const WatchColors &colors)
{
    m_colors = colors;
    m_axis->setColors(colors);
    for (ChartBox *box : m_boxes)
        box->setColors(colors);
    m_isStale = true;
}

void WatchPane::setNumberFont(const QFont &font)
{
    m_numberFont = font;
    for (ChartBox *box : m_boxes)
        box->setNumberFont(font);
}

void WatchPane::setIcons(const QIcon &pause, const QIcon &save, const QIcon &charts)
{
    m_pause->setIcon(pause);
    m_save->setIcon(save);
    m_chartMenu->setIcon(charts);
}

void WatchPane::setSource(const QString &place, const QString &name, bool isStored)
{
    m_source->setText(name);
    m_source->setToolTip(name);
    m_place = place;
    std::set<QString> kept;
    for (const ChartSpec &chart : m_arrangement.charts)
        for (const SeriesKey &key : chart.series)
            kept.insert(key.place);
    m_pool.forget([&](const QString &other) { return other != place && kept.contains(other); });
    m_pool.setStored(place, isStored);
    m_exportAll->setEnabled(isStored);
    m_exportShown->setEnabled(isStored);
    m_lag = 0;
    m_lagWindow.invalidate();
    m_alarms.clear();
    m_offered.clear();
    m_storedTimes.clear();
    m_note->clear();
    setPaused(false);
    rebuild();
}

std::optional<double> WatchPane::lastValue(const QString &series) const
{
    for (const SeriesKey &key : m_pool.keys())
        if (key.place == m_place && key.series == series)
            return m_pool.find(key)->lastValue();
    return std::nullopt;
}

std::vector<VersionMark> WatchPane::versions() const
{
    std::vector<VersionMark> marks = m_pool.marks();
    std::erase_if(marks, [this](const VersionMark &mark) { return mark.place != m_place; });
    return marks;
}

void WatchPane::askExport(bool shownOnly)
{
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Export readings"), tr("readings.csv"), tr("Comma separated values (*.csv)"));
    if (file.isEmpty())
        return;
    ExportRange wanted;
    if (shownOnly) {
        wanted.fromUs = std::int64_t(m_range.from * 1000);
        wanted.toUs = std::int64_t(m_range.to * 1000);
        for (const ChartSpec &chart : charts())
            for (const SeriesKey &key : chart.series)
                wanted.series.insert({key.function.toStdString(), key.series.toStdString()});
    }
    Q_EMIT exportRequested(file, wanted);
}

void WatchPane::askPicture()
{
    const QString file = QFileDialog::getSaveFileName(this, tr("Export charts"), tr("charts.png"),
                                                      tr("Pictures (*.png)"));
    if (file.isEmpty())
        return;
    // The charts in full, however far they are scrolled, and the times under them.
    const QPixmap charts = m_charts->grab(), axis = m_axis->grab();
    QImage picture(charts.width(), charts.height() + axis.height(),
                   QImage::Format_ARGB32_Premultiplied);
    picture.setDevicePixelRatio(charts.devicePixelRatio());
    picture.fill(m_colors.surface);
    QPainter painter(&picture);
    painter.drawPixmap(0, 0, charts);
    painter.drawPixmap(QPointF(0, charts.height() / charts.devicePixelRatio()), axis);
    painter.end();
    if (!picture.save(file))
        Q_EMIT failed(tr("The picture was not written"),
                      tr("%1 cannot be written. Choose another place.").arg(file));
}

} // namespace device
