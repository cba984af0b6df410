#include "app/ide/runbar.h"

#include "app/ide/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

namespace app {

namespace {

QLabel *joint(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setProperty("role", QStringLiteral("quiet"));
    return label;
}

/// Changes what differs and leaves the rest: a list that is open, or being read, stays as it is.
void fill(QComboBox *list, const std::vector<Choice> &choices, const QString &current)
{
    const QSignalBlocker quiet(list);
    while (list->count() > int(choices.size()))
        list->removeItem(list->count() - 1);
    for (int i = 0; i < int(choices.size()); ++i) {
        const Choice &choice = choices[std::size_t(i)];
        if (i == list->count())
            list->addItem(choice.icon, choice.text, choice.id);
        if (list->itemText(i) != choice.text)
            list->setItemText(i, choice.text);
        list->setItemData(i, choice.id);
        list->setItemIcon(i, choice.icon);
    }
    if (const int index = qMax(0, list->findData(current)); index != list->currentIndex())
        list->setCurrentIndex(index);
}

} // namespace

RunBar::RunBar(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("runBar"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(44);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(space::m, 0, space::m, 0);
    row->setSpacing(space::xs);

    row->addWidget(m_function = addList(tr("Function"), &RunBar::functionChosen));
    row->addWidget(joint(tr("with"), this));
    row->addWidget(m_event = addList(tr("Event"), &RunBar::eventChosen));
    row->addWidget(joint(tr("on"), this));
    row->addWidget(m_target = addList(tr("Target"), &RunBar::targetChosen));
    row->addSpacing(space::m);
    row->addWidget(m_run = addButton(tr("Run"), &RunBar::runRequested));
    row->addSpacing(space::xs);
    row->addWidget(m_debug = addButton(tr("Debug"), &RunBar::debugRequested));
    row->addSpacing(space::xs);
    row->addWidget(m_put = addButton(tr("Push"), &RunBar::putRequested));
    m_put->setProperty("role", QStringLiteral("primary"));
    row->addSpacing(space::l);

    m_activity = new QLabel(this);
    m_activity->setProperty("role", QStringLiteral("quiet"));
    m_activity->setAccessibleName(tr("What is happening"));
    m_progress = new QProgressBar(this);
    m_progress->setRange(0, 0);
    m_progress->setFixedWidth(72);
    m_progress->setTextVisible(false);
    m_progress->hide();
    row->addWidget(m_activity, 1);
    row->addWidget(m_progress);
    row->addSpacing(space::s);
    row->addWidget(m_stop = addButton(tr("Stop"), &RunBar::stopRequested));
    m_stop->setEnabled(false);

    m_run->setToolTip(tr("Invoke the function once with this event (F5)"));
    m_stop->setToolTip(tr("Stop what is going on (Shift+F5)"));
    connect(&Theme::instance(), &Theme::changed, this, &RunBar::applyIcons);
    applyIcons();
}

QComboBox *RunBar::addList(const QString &name, void (RunBar::*signal)(const QString &))
{
    auto *list = new QComboBox(this);
    list->setAccessibleName(name);
    list->setToolTip(name);
    list->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    list->setIconSize({16, 16});
    connect(list, &QComboBox::activated, this, [this, list, signal] {
        Q_EMIT(this->*signal)(list->currentData().toString());
    });
    return list;
}

QPushButton *RunBar::addButton(const QString &text, void (RunBar::*signal)())
{
    auto *button = new QPushButton(text, this);
    button->setIconSize({16, 16});
    connect(button, &QPushButton::clicked, this, signal);
    return button;
}

void RunBar::applyIcons()
{
    const Theme &theme = Theme::instance();
    const Tokens &t = theme.tokens();
    m_run->setIcon(theme.icon(QStringLiteral("media-playback-start"), t.good));
    m_debug->setIcon(theme.icon(QStringLiteral("debug-run"), t.info));
    m_put->setIcon(theme.icon(m_putIcon, t.onAccent));
    m_stop->setIcon(theme.icon(QStringLiteral("media-playback-stop"), t.bad));
}

void RunBar::setFunctions(const std::vector<Choice> &choices, const QString &current)
{
    fill(m_function, choices, current);
}

void RunBar::setEvents(const std::vector<Choice> &choices, const QString &current)
{
    fill(m_event, choices, current);
}

void RunBar::setTargets(const std::vector<Choice> &choices, const QString &current)
{
    fill(m_target, choices, current);
}

void RunBar::setPutWord(const QString &word, const QString &iconName, const QString &toolTip)
{
    m_put->setText(word);
    m_put->setToolTip(toolTip);
    m_putIcon = iconName;
    applyIcons();
}

void RunBar::setHindrance(const QString &reason)
{
    for (QPushButton *button : {m_run, m_put})
        button->setEnabled(reason.isEmpty());
    if (!reason.isEmpty())
        m_debug->setEnabled(false);
    if (!reason.isEmpty())
        setActivity(reason, false);
    else if (m_activity->text() == m_hindrance)
        setActivity({}, false);
    m_hindrance = reason;
}

void RunBar::setActivity(const QString &text, bool busy)
{
    m_activity->setText(text);
    m_progress->setVisible(busy);
}

void RunBar::setStoppable(bool stoppable)
{
    m_stop->setEnabled(stoppable);
}

void RunBar::setDebuggable(bool debuggable, const QString &reason)
{
    m_debug->setEnabled(debuggable);
    m_debug->setToolTip(debuggable ? tr("Invoke the function under the debugger (Ctrl+F5)")
                                   : reason);
}

} // namespace app
