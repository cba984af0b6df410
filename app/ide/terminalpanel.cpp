#include "app/ide/terminalpanel.h"

#include "app/ide/devicehub.h"
#include "app/ide/deviceshell.h"
#include "app/ide/emptystate.h"
#include "app/ide/theme.h"
#include "device-manager/ui/terminalview.h"

#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace app {

using device::TerminalView;

namespace {

/// The tokens, and beside them what programs call black, red, green, … ; on both surfaces all can
/// be read but the black of the dark one, which is there for backgrounds.
device::TerminalColors terminalColors(const Tokens &t)
{
    const QColor magenta = t.series[3];
    if (t.dark)
        return {t.surface,
                t.text,
                t.accent,
                t.selection,
                {t.raised, t.bad, t.good, t.warn, t.info, magenta, t.accent, t.text, t.quiet,
                 t.bad.lighter(115), t.good.lighter(120), t.warn.lighter(120), t.info.lighter(115),
                 magenta.lighter(115), t.accent.lighter(130), Qt::white}};
    return {t.surface,
            t.text,
            t.accent,
            t.selection,
            {t.text, t.bad, t.good, t.warn, t.info, magenta.darker(150), t.accent, t.quiet, t.quiet,
             t.bad.darker(115), t.good.darker(115), t.warn.darker(115), t.info.darker(115),
             magenta.darker(180), t.accent.darker(115), t.text}};
}

} // namespace

TerminalPanel::TerminalPanel(DeviceHub *hub, QWidget *parent)
    : QWidget(parent)
    , m_hub(hub)
    , m_pages(new QStackedWidget(this))
    , m_tabs(new QTabWidget(m_pages))
{
    m_empty = new EmptyState(
        tr("No terminal yet"),
        tr("A shell on a device, over the connection that is there already. Choose the device as "
           "the target, or open its page."),
        {{tr("Open a terminal"), [this] { Q_EMIT openRequested(); }}}, m_pages);
    m_tabs->setDocumentMode(true);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(m_tabs);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_pages);
    connect(m_tabs, &QTabWidget::currentChanged, this, [this] {
        if (QWidget *shown = m_tabs->currentWidget())
            shown->setFocus();
    });
    connect(&Theme::instance(), &Theme::changed, this, &TerminalPanel::applyTheme);
}

void TerminalPanel::open(const QString &device)
{
    for (int tab = 0; tab < m_tabs->count(); ++tab)
        if (m_tabs->widget(tab)->findChild<DeviceShell *>()->device() == device) {
            m_tabs->setCurrentIndex(tab);
            m_tabs->currentWidget()->setFocus();
            return;
        }
    addTerminal(device);
}

void TerminalPanel::addTerminal(const QString &device)
{
    // The view is the shell's parent, and dies before its own children: nothing is drawn then.
    auto *shell = new DeviceShell(m_hub, device);
    auto *view = new TerminalView(&shell->screen(), m_tabs);
    shell->setParent(view);
    view->setTerminalFont(Theme::instance().codeFont());
    connect(view, &TerminalView::sizeChanged, shell, &DeviceShell::resize);
    connect(&shell->screen(), &device::TerminalScreen::titleChanged, this,
            [this, view](const QString &title) {
                m_tabs->setTabToolTip(m_tabs->indexOf(view), title);
            });
    const int tab = m_tabs->addTab(view, device);
    auto *close = new QToolButton(m_tabs);
    close->setToolTip(tr("Close the terminal; what runs in it ends"));
    close->setAccessibleName(tr("Close the terminal on %1").arg(device));
    connect(close, &QToolButton::clicked, view, [this, view] { closeTerminal(view); });
    m_tabs->tabBar()->setTabButton(tab, QTabBar::RightSide, close);
    m_tabs->setCurrentIndex(tab);
    applyTheme();
    updatePages();
    shell->begin();
    view->setFocus();
}

void TerminalPanel::closeTerminal(QWidget *view)
{
    m_tabs->removeTab(m_tabs->indexOf(view));
    view->deleteLater();
    updatePages();
}

void TerminalPanel::updatePages()
{
    m_pages->setCurrentWidget(m_tabs->count() > 0 ? static_cast<QWidget *>(m_tabs) : m_empty);
}

void TerminalPanel::applyTheme()
{
    const Tokens &t = Theme::instance().tokens();
    for (int tab = 0; tab < m_tabs->count(); ++tab) {
        static_cast<TerminalView *>(m_tabs->widget(tab))->setColors(terminalColors(t));
        static_cast<QToolButton *>(m_tabs->tabBar()->tabButton(tab, QTabBar::RightSide))
            ->setIcon(Theme::instance().icon(QStringLiteral("window-close"), t.quiet));
    }
}

int TerminalPanel::count() const
{
    return m_tabs->count();
}

QString TerminalPanel::shownText() const
{
    if (!m_tabs->currentWidget())
        return {};
    const device::TerminalScreen &screen =
        m_tabs->currentWidget()->findChild<DeviceShell *>()->screen();
    return screen.text(0, 0, screen.rows() - 1, screen.columns());
}

void TerminalPanel::type(const QString &text)
{
    if (QWidget *view = m_tabs->currentWidget())
        for (const QChar c : text)
            view->findChild<DeviceShell *>()->screen().press(0, {}, QString(c));
}

} // namespace app
