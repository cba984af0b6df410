#include "app/ide/devicepageparts.h"

#include "app/ide/devicevisit.h"
#include "app/ide/invocationmodel.h"
#include "app/ide/theme.h"

#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>

namespace app {

using device::TestPoint;

namespace {

enum FunctionColumn { FunctionName, FunctionVersion, FunctionState, FunctionResult, FunctionTime };
enum ProcessColumn { ProcessName, ProcessId, ProcessCpu, ProcessMemory };

constexpr int narrowestWords = 80; ///< Columns of words do not touch each other.

struct CheckMark {
    const char *icon;
    QColor color;
    QString word;
};

CheckMark checkMarkOf(TestPoint::Mark mark)
{
    const Tokens &t = Theme::instance().tokens();
    switch (mark) {
    case TestPoint::Mark::Good: return {"dialog-ok-apply", t.good, DeviceChecklist::tr("good")};
    case TestPoint::Mark::Note: return {"data-warning", t.warn, DeviceChecklist::tr("note")};
    case TestPoint::Mark::Bad: return {"data-error", t.bad, DeviceChecklist::tr("bad")};
    }
    return {};
}

void showState(QTreeWidgetItem *item, const runtime::FunctionState &state)
{
    using runtime::FunctionCondition;
    const Theme &theme = Theme::instance();
    const Tokens &t = theme.tokens();
    QString word = state.armed || state.spec.triggers.empty()
                       ? DeviceFunctions::tr("ready")
                       : DeviceFunctions::tr("ready, triggers off");
    QIcon mark = theme.mark(Theme::Mark::On, t.good);
    if (state.condition == FunctionCondition::Failed) {
        word = DeviceFunctions::tr("does not load");
        mark = theme.mark(Theme::Mark::Attention, t.bad);
    } else if (state.condition == FunctionCondition::Starting) {
        word = DeviceFunctions::tr("starting");
        mark = theme.mark(Theme::Mark::Half, t.warn);
    }
    item->setText(FunctionState, word);
    item->setIcon(FunctionState, mark);
    item->setToolTip(FunctionState, QString::fromStdString(state.fault.message));
}

void showLast(QTreeWidgetItem *item, const runtime::Invocation *last)
{
    const Tokens &t = Theme::instance().tokens();
    const bool isGood = !last || last->outcome == runtime::Outcome::Result;
    const QString summary = last ? summaryOf(*last) : DeviceFunctions::tr("none yet");
    item->setText(FunctionResult,
                  isGood ? summary : outcomeText(last->outcome) + QStringLiteral(": ") + summary);
    item->setForeground(FunctionResult, !last ? t.quiet : isGood ? t.text : t.bad);
    item->setToolTip(FunctionResult, summary);
    item->setText(FunctionTime, last ? clockText(last->startUs).left(8) : QString());
}

} // namespace

PageTable::PageTable(const QString &name, const QStringList &heads, QWidget *parent)
    : QTreeWidget(parent)
{
    setAccessibleName(name);
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    setSelectionMode(NoSelection);
    setFocusPolicy(Qt::NoFocus);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setColumnCount(int(heads.size()));
    setHeaderLabels(heads);
    header()->setStretchLastSection(false);
    header()->setSectionsClickable(false);
}

QTreeWidgetItem *PageTable::row(int number)
{
    QTreeWidgetItem *item = topLevelItem(number);
    return item ? item : new QTreeWidgetItem(this);
}

void PageTable::setRows(int count)
{
    while (topLevelItemCount() > count)
        delete takeTopLevelItem(topLevelItemCount() - 1);
    const int rowHeight = count > 0 ? sizeHintForRow(0) : 0;
    setFixedHeight(header()->sizeHint().height() + count * rowHeight + 2);
}

DeviceFunctions::DeviceFunctions(QWidget *parent)
    : PageTable(tr("Functions on the device"),
                {tr("Name"), tr("Version"), tr("State"), tr("Last result"), tr("At")}, parent)
{
    header()->setMinimumSectionSize(narrowestWords);
    for (const int column : {FunctionName, FunctionVersion, FunctionState, FunctionTime})
        header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    header()->setSectionResizeMode(FunctionResult, QHeaderView::Stretch);
    headerItem()->setTextAlignment(FunctionVersion, Qt::AlignRight | Qt::AlignVCenter);
    headerItem()->setTextAlignment(FunctionTime, Qt::AlignRight | Qt::AlignVCenter);
}

void DeviceFunctions::show(const DeviceVisit &visit)
{
    const Theme &theme = Theme::instance();
    int number = 0;
    for (const auto &[name, state] : visit.functions()) {
        QTreeWidgetItem *item = row(number++);
        item->setText(FunctionName, QString::fromStdString(name));
        item->setIcon(FunctionName, theme.letter(QChar(0x0192), theme.tokens().accent));
        item->setText(FunctionVersion, QString::number(state.version));
        showState(item, state);
        showLast(item, visit.lastOf(name));
        for (const int column : {FunctionVersion, FunctionTime}) {
            item->setFont(column, theme.numberFont());
            item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        }
    }
    setRows(number);
}

DeviceProcesses::DeviceProcesses(QWidget *parent)
    : PageTable(tr("Busiest processes of the device"),
                {tr("Name"), tr("Process"), tr("Processor (%)"), tr("Memory (MB)")}, parent)
{
    header()->setSectionResizeMode(ProcessName, QHeaderView::Stretch);
    for (const int column : {ProcessId, ProcessCpu, ProcessMemory}) {
        header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
        headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    }
}

void DeviceProcesses::show(const device::HealthSample &sample)
{
    const QFont numbers = Theme::instance().numberFont();
    int number = 0;
    for (const device::ProcessLoad &process : sample.processes) {
        QTreeWidgetItem *item = row(number++);
        item->setText(ProcessName, process.name);
        item->setText(ProcessId, QString::number(process.pid));
        item->setText(ProcessCpu, process.cpuPercent ? QString::number(*process.cpuPercent, 'f', 1)
                                                     : QStringLiteral("–"));
        item->setText(ProcessMemory,
                      QString::number(double(process.memoryBytes) / double(1 << 20), 'f', 1));
        for (const int column : {ProcessId, ProcessCpu, ProcessMemory}) {
            item->setFont(column, numbers);
            item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        }
    }
    setRows(number);
}

DeviceChecklist::DeviceChecklist(QWidget *parent) : QWidget(parent), m_grid(new QGridLayout(this))
{
    setAccessibleName(tr("Device test"));
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(space::m);
    m_grid->setVerticalSpacing(space::s - 2);
    m_grid->setColumnStretch(3, 1);
}

void DeviceChecklist::show(const std::vector<TestPoint> &points)
{
    const Theme &theme = Theme::instance();
    QString wanted = theme.tokens().dark ? QStringLiteral("dark") : QStringLiteral("light");
    for (const TestPoint &point : points)
        wanted += QLatin1String(point.name) + point.found + QString::number(int(point.mark));
    if (std::exchange(m_shown, wanted) == wanted)
        return;
    qDeleteAll(findChildren<QLabel *>(QString(), Qt::FindDirectChildrenOnly));
    const auto label = [this](const QString &text, const char *role) {
        auto *made = new QLabel(text, this);
        made->setTextFormat(Qt::PlainText);
        made->setTextInteractionFlags(Qt::TextSelectableByMouse);
        if (role)
            made->setProperty("role", QLatin1String(role));
        return made;
    };
    for (int row = 0; row < int(points.size()); ++row) {
        const TestPoint &point = points[std::size_t(row)];
        const CheckMark check = checkMarkOf(point.mark);
        auto *mark = new QLabel(this);
        mark->setPixmap(theme.icon(QLatin1String(check.icon), check.color).pixmap(16, 16));
        mark->setToolTip(check.word);
        mark->setAccessibleName(check.word);
        QLabel *remedy = label(
            point.mark == TestPoint::Mark::Good ? QString() : QLatin1String(point.remedy), "quiet");
        remedy->setWordWrap(true);
        QLabel *found = label(point.found.isEmpty() ? tr("not there") : point.found, nullptr);
        found->setWordWrap(true);
        QWidget *cells[] = {mark, label(QLatin1String(point.name), "quiet"), found, remedy};
        for (int column = 0; column < 4; ++column)
            m_grid->addWidget(cells[column], row, column, Qt::AlignTop);
    }
    m_grid->setColumnStretch(2, 1);
}

} // namespace app
