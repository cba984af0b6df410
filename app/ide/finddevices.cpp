#include "app/ide/finddevices.h"

#include "app/ide/emptystate.h"
#include "app/ide/theme.h"
#include "device-manager/core/devicesearch.h"

#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace app {

using device::DeviceSearch;
using device::FoundDevice;
using device::SeenIn;

namespace {

enum FoundColumn { NameColumn, AddressColumn, MakeColumn, SeenColumn, FoundColumnCount };

constexpr int refreshMs = 40;
constexpr int narrowestColumn = 120;

QString seenText(const FoundDevice &found)
{
    QStringList words;
    if (found.seen & SeenIn::Service)
        words.append(FindDevices::tr("publishes SSH"));
    else if (found.seen & SeenIn::Name)
        words.append(FindDevices::tr("answered by name"));
    if (found.seen & SeenIn::SshConfig)
        words.append(FindDevices::tr("SSH configuration"));
    if (words.isEmpty() && (found.seen & SeenIn::NeighbourTable))
        words.append(FindDevices::tr("spoken with lately"));
    if (words.isEmpty())
        words.append(FindDevices::tr("did not answer"));
    return words.join(QStringLiteral(", "));
}

QPushButton *createButton(const QString &text, const char *role, QWidget *parent)
{
    auto *button = new QPushButton(text, parent);
    if (role)
        button->setProperty("role", QLatin1String(role));
    return button;
}

QWidget *createRow(const QList<QWidget *> &left, const QList<QWidget *> &right, QWidget *parent)
{
    auto *row = new QWidget(parent);
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(space::l, space::m, space::l, space::m);
    layout->setSpacing(space::s);
    for (QWidget *widget : left)
        layout->addWidget(widget);
    layout->addStretch();
    for (QWidget *widget : right)
        layout->addWidget(widget);
    return row;
}

} // namespace

FindDevices::FindDevices(const DeviceSearch *search, QWidget *parent)
    : QWidget(parent), m_search(search)
{
    setObjectName(QStringLiteral("surface"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Find devices"));
    m_list = new QTreeWidget(this);
    m_list->setAccessibleName(tr("Machines that were found"));
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setColumnCount(FoundColumnCount);
    m_list->setHeaderLabels({tr("Name"), tr("Address"), tr("Make"), tr("Seen")});
    m_list->header()->setStretchLastSection(true);
    m_list->header()->setMinimumSectionSize(narrowestColumn);
    for (int column = NameColumn; column < SeenColumn; ++column)
        m_list->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    m_waiting = new EmptyState(tr("Searching…"),
                               tr("Machines on your networks show here as they answer."), {}, this);
    m_empty = createEmpty();
    m_pages = new QStackedWidget(this);
    for (QWidget *page : {static_cast<QWidget *>(m_list), m_waiting, m_empty})
        m_pages->addWidget(page);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(createHead());
    auto *indented = new QHBoxLayout; // the names stand below the title
    indented->setContentsMargins(space::m, 0, space::m, 0);
    indented->addWidget(m_pages);
    column->addLayout(indented, 1);
    column->addWidget(createFoot());

    m_refresh.setSingleShot(true);
    m_refresh.setInterval(refreshMs);
    connect(&m_refresh, &QTimer::timeout, this, &FindDevices::showFound);
    const auto refresh = [this] {
        if (!m_refresh.isActive())
            m_refresh.start();
    };
    connect(m_search, &DeviceSearch::devicesChanged, this, refresh);
    connect(m_search, &DeviceSearch::askedChanged, this, refresh);
    connect(m_search, &DeviceSearch::finished, this, refresh);
    connect(&Theme::instance(), &Theme::changed, this, &FindDevices::showFound);
    connect(m_list, &QTreeWidget::itemActivated, this, &FindDevices::choose);
    connect(m_list, &QTreeWidget::currentItemChanged, this, &FindDevices::updateButtons);
    showFound();
}

QWidget *FindDevices::createHead()
{
    auto *title = new QLabel(tr("Find devices"), this);
    title->setProperty("role", QStringLiteral("title"));
    m_status = new QLabel(this);
    m_status->setProperty("role", QStringLiteral("quiet"));
    m_again = createButton(tr("Search again"), nullptr, this);
    auto *close = createButton(tr("Close"), "plain", this);
    connect(m_again, &QPushButton::clicked, this, &FindDevices::searchRequested);
    connect(close, &QPushButton::clicked, this, &FindDevices::closeRequested);
    return createRow({title, m_status}, {m_again, close}, this);
}

QWidget *FindDevices::createFoot()
{
    auto *foot = new QWidget(this);
    m_asked = new QLabel(foot);
    m_asked->setProperty("role", QStringLiteral("quiet"));
    m_asked->setWordWrap(true);
    m_asked->setContentsMargins(space::l, space::s, space::l, 0);
    auto *byAddress = createButton(tr("Add by address…"), nullptr, foot);
    m_add = createButton(tr("Add…"), "primary", foot);
    connect(byAddress, &QPushButton::clicked, this, &FindDevices::addressRequested);
    connect(m_add, &QPushButton::clicked, this, &FindDevices::choose);
    auto *column = new QVBoxLayout(foot);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_asked);
    column->addWidget(createRow({byAddress}, {m_add}, foot));
    return foot;
}

QWidget *FindDevices::createEmpty()
{
    return new EmptyState(
        tr("No machine answered"),
        tr("A Raspberry Pi answers when it is switched on, on the same network as this computer, "
           "and has booted. Some networks keep their machines apart (guest networks do): there "
           "its address helps."),
        {{tr("Search again"), [this] { Q_EMIT searchRequested(); }},
         {tr("Add by address…"), [this] { Q_EMIT addressRequested(); }},
         {tr("Simulate"), [this] { Q_EMIT simulateRequested(); }}},
        this);
}

QString FindDevices::askedText() const
{
    QStringList networks;
    QStringList failures;
    for (const DeviceSearch::Asked &asked : m_search->asked()) {
        if (asked.failure.isEmpty())
            networks.append(tr("%1 (%2)").arg(asked.interface, asked.sweep));
        else
            failures.append(tr("%1 could not be asked: %2.").arg(asked.interface, asked.failure));
    }
    QStringList texts;
    texts.append(networks.isEmpty()
                     ? tr("No network could be asked.")
                     : tr("Asked %1 by multicast DNS.").arg(networks.join(QStringLiteral(", "))));
    texts += failures;
    texts.append(tr("Looked at ~/.ssh/config and the table of neighbours. No machine was "
                    "connected to."));
    return texts.join(QLatin1Char(' '));
}

void FindDevices::showFound()
{
    const QString chosen = current() ? current()->host : QString();
    m_devices = m_search->devices();
    const bool isRunning = m_search->isRunning();
    m_pages->setCurrentWidget(!m_devices.isEmpty() ? m_list : isRunning ? m_waiting : m_empty);
    m_status->setText(isRunning             ? tr("Searching… %1 so far").arg(m_devices.size())
                      : m_devices.isEmpty() ? QString()
                                            : tr("%n found", nullptr, int(m_devices.size())));
    m_asked->setText(askedText());
    m_again->setEnabled(!isRunning);
    while (m_list->topLevelItemCount() > m_devices.size())
        delete m_list->takeTopLevelItem(m_list->topLevelItemCount() - 1);
    for (int row = 0; row < m_devices.size(); ++row) {
        QTreeWidgetItem *item = m_list->topLevelItem(row);
        showDevice(item ? item : new QTreeWidgetItem(m_list), m_devices[row]);
        if (m_devices[row].host == chosen)
            m_list->setCurrentItem(m_list->topLevelItem(row));
    }
    updateButtons();
}

void FindDevices::showDevice(QTreeWidgetItem *item, const FoundDevice &found)
{
    const Theme &theme = Theme::instance();
    const Tokens &t = theme.tokens();
    const bool isKnown = !found.known.isEmpty();
    item->setText(NameColumn, isKnown ? tr("%1 – known").arg(found.name) : found.name);
    item->setIcon(NameColumn, theme.icon(QStringLiteral("computer"),
                                         found.isRaspberryPi() ? t.accent : t.quiet));
    const QStringList addresses =
        found.addresses.isEmpty() ? QStringList{found.host} : found.addresses;
    item->setText(AddressColumn, addresses.join(QStringLiteral(", ")));
    item->setText(MakeColumn, found.isRaspberryPi() ? tr("Raspberry Pi") : QString());
    item->setText(SeenColumn, seenText(found));
    item->setToolTip(AddressColumn, found.hardware);
    for (int column = AddressColumn; column < FoundColumnCount; ++column)
        item->setForeground(column, t.quiet);
}

const FoundDevice *FindDevices::current() const
{
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    return row >= 0 && row < m_devices.size() ? &m_devices[row] : nullptr;
}

void FindDevices::updateButtons()
{
    const FoundDevice *chosen = current();
    m_add->setEnabled(chosen != nullptr);
    m_add->setText(chosen && !chosen->known.isEmpty() ? tr("Connect") : tr("Add…"));
}

void FindDevices::choose()
{
    const FoundDevice *chosen = current();
    if (!chosen)
        return;
    if (chosen->known.isEmpty())
        Q_EMIT addRequested(*chosen);
    else
        Q_EMIT knownChosen(chosen->known);
}

} // namespace app
