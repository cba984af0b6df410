#include "app/ide/debugpanel.h"

#include "app/errors/usermessage.h"
#include "app/ide/theme.h"

#include <QAction>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace app {

namespace {

enum Role { ReferenceRole = Qt::UserRole, FetchedRole };

QWidget *section(const QString &title, const QList<QWidget *> &contents, QWidget *parent)
{
    auto *box = new QWidget(parent);
    auto *head = new QLabel(title, box);
    head->setProperty("role", QStringLiteral("head"));
    head->setContentsMargins(space::m, space::s, 0, space::xs);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(head);
    for (QWidget *content : contents)
        column->addWidget(content, content == contents.first() ? 1 : 0);
    return box;
}

} // namespace

DebugPanel::DebugPanel(QWidget *parent)
    : QWidget(parent)
    , m_buttons(new QHBoxLayout)
    , m_hint(new QLabel(this))
    , m_stack(new QListWidget(this))
    , m_variables(new QTreeWidget(this))
    , m_console(new QPlainTextEdit(this))
    , m_input(new QLineEdit(this))
{
    m_stack->setAccessibleName(tr("Stack"));
    m_variables->setAccessibleName(tr("Variables"));
    m_variables->setHeaderLabels({tr("Name"), tr("Value")});
    m_variables->header()->setStretchLastSection(true);
    m_variables->setColumnWidth(0, 150);
    m_console->setReadOnly(true);
    m_console->setFont(Theme::instance().codeFont());
    m_console->setAccessibleName(tr("Debug console"));
    m_input->setFont(Theme::instance().codeFont());
    m_input->setPlaceholderText(tr("Evaluate an expression in this frame"));
    m_input->setAccessibleName(tr("Expression"));
    m_hint->setProperty("role", QStringLiteral("quiet"));
    m_hint->setWordWrap(true);
    m_hint->setContentsMargins(space::xs, 0, space::m, 0);

    auto *split = new QSplitter(Qt::Horizontal, this);
    split->setHandleWidth(1);
    split->addWidget(section(tr("STACK"), {m_stack}, this));
    split->addWidget(section(tr("VARIABLES"), {m_variables}, this));
    split->addWidget(section(tr("CONSOLE"), {m_console, m_input}, this));
    split->setSizes({220, 340, 340});
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_buttons->setContentsMargins(space::s, space::xs, space::s, 0);
    m_buttons->setSpacing(2);
    m_buttons->addWidget(m_hint, 1);
    column->addLayout(m_buttons);
    column->addWidget(split, 1);

    connect(m_stack, &QListWidget::currentRowChanged, this, &DebugPanel::onFrame);
    connect(m_variables, &QTreeWidget::itemExpanded, this, &DebugPanel::onExpanded);
    connect(m_input, &QLineEdit::returnPressed, this, [this] {
        evaluate(m_input->text());
        m_input->clear();
    });
    clear();
}

void DebugPanel::setActions(const std::vector<QAction *> &actions)
{
    int place = 0;
    for (QAction *action : actions) {
        auto *button = new QToolButton(this);
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setIconSize({16, 16});
        m_buttons->insertWidget(place++, button);
    }
}

void DebugPanel::setSession(runtime::DebugSession *session)
{
    m_session = session;
    clear();
    if (!session)
        return;
    m_hint->setText(tr("Waiting for a breakpoint"));
    connect(session, &runtime::DebugSession::stopped, this, &DebugPanel::onStopped);
    connect(session, &runtime::DebugSession::resumed, this, [this] {
        clear();
        m_hint->setText(tr("Running"));
    });
    connect(session, &runtime::DebugSession::output, this,
            [this](const QString &text) { addLine(text); });
}

void DebugPanel::clear()
{
    ++m_asked;
    const QSignalBlocker quiet(m_stack);
    m_stack->clear();
    m_variables->clear();
    m_input->setEnabled(false);
    m_hint->setText(tr("Set a breakpoint and press Debug"));
}

void DebugPanel::onStopped()
{
    m_hint->clear();
    m_input->setEnabled(true);
    {
        const QSignalBlocker quiet(m_stack);
        m_stack->clear();
        for (const runtime::StackFrame &frame : m_session->stack()) {
            auto *item = new QListWidgetItem(
                tr("%1   %2:%3").arg(frame.name, QFileInfo(frame.file).fileName()).arg(frame.line),
                m_stack);
            if (!frame.isUser)
                item->setForeground(Theme::instance().tokens().quiet);
        }
    }
    m_stack->setCurrentRow(0);
}

void DebugPanel::onFrame(int row)
{
    if (!m_session || row < 0 || row >= int(m_session->stack().size()))
        return;
    const runtime::StackFrame frame = m_session->stack()[std::size_t(row)];
    m_frame = frame.id;
    const std::uint64_t asked = ++m_asked;
    m_session->variables(frame.id).then(
        this, [this, asked](const runtime::Result<std::vector<runtime::Variable>> &result) {
            if (asked != m_asked)
                return;
            m_variables->clear();
            if (!result)
                return;
            fill(m_variables->invisibleRootItem(), *result);
            Q_EMIT variablesShown(shownVariables());
        });
    if (!frame.file.isEmpty())
        Q_EMIT placeActivated(frame.file, frame.line);
}

void DebugPanel::fill(QTreeWidgetItem *parent, const std::vector<runtime::Variable> &variables)
{
    for (const runtime::Variable &variable : variables) {
        auto *item = new QTreeWidgetItem(parent, {variable.name, variable.value});
        item->setToolTip(1, variable.type.isEmpty()
                                ? variable.value
                                : variable.type + QStringLiteral(": ") + variable.value);
        item->setFont(1, Theme::instance().numberFont());
        item->setData(0, ReferenceRole, variable.reference);
        if (variable.reference != 0)
            item->setChildIndicatorPolicy(QTreeWidgetItem::ShowIndicator);
    }
}

void DebugPanel::onExpanded(QTreeWidgetItem *item)
{
    if (!m_session || item->data(0, FetchedRole).toBool())
        return;
    item->setData(0, FetchedRole, true);
    const std::uint64_t asked = m_asked;
    m_session->children(item->data(0, ReferenceRole).toInt())
        .then(this, [this, asked,
                     item](const runtime::Result<std::vector<runtime::Variable>> &result) {
            if (asked == m_asked && result) // the item lives as long as nothing newer was asked
                fill(item, *result);
        });
}

void DebugPanel::evaluate(const QString &expression)
{
    if (!m_session || expression.trimmed().isEmpty())
        return;
    addLine(QStringLiteral("› ") + expression);
    m_session->evaluate(expression, m_frame)
        .then(this, [this](const runtime::Result<runtime::Variable> &result) {
            if (result)
                addLine(result->value);
            else
                addLine(QString::fromStdString(result.error().detail), true);
        });
}

void DebugPanel::addLine(const QString &text, bool isError)
{
    const Tokens &t = Theme::instance().tokens();
    QTextCharFormat format;
    format.setForeground(isError ? t.bad : t.text);
    QTextCursor cursor(m_console->document());
    cursor.movePosition(QTextCursor::End);
    if (!m_console->document()->isEmpty())
        cursor.insertBlock();
    cursor.insertText(text.trimmed(), format);
    m_console->setTextCursor(cursor);
}

QString DebugPanel::consoleText() const
{
    return m_console->toPlainText();
}

QMap<QString, QString> DebugPanel::shownVariables() const
{
    QMap<QString, QString> shown;
    for (int i = 0; i < m_variables->topLevelItemCount(); ++i)
        shown[m_variables->topLevelItem(i)->text(0)] = m_variables->topLevelItem(i)->text(1);
    return shown;
}

} // namespace app
