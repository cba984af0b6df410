#include "editor/ui/breakpointpopup.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

namespace editor {

BreakpointPopup::BreakpointPopup(const Breakpoint &breakpoint, const EditorTheme &theme,
                                 QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_breakpoint(breakpoint)
    , m_condition(new QLineEdit(this))
    , m_hits(new QLineEdit(this))
    , m_log(new QLineEdit(this))
    , m_enabled(new QCheckBox(tr("Enabled"), this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("breakpointPopup"));
    setAccessibleName(tr("Breakpoint on line %1").arg(breakpoint.line));
    auto *title = new QLabel(accessibleName(), this);
    title->setObjectName(QStringLiteral("popupTitle"));
    m_condition->setText(breakpoint.condition);
    m_condition->setPlaceholderText(QStringLiteral("lux < 10"));
    m_hits->setText(breakpoint.hitCondition);
    m_hits->setPlaceholderText(QStringLiteral(">= 5"));
    m_log->setText(breakpoint.logMessage);
    m_log->setPlaceholderText(QStringLiteral("lux is {lux}"));
    m_enabled->setChecked(breakpoint.enabled);
    m_condition->setMinimumWidth(240);
    for (QLineEdit *field : {m_condition, m_hits, m_log})
        field->setFont(theme.font);

    auto *remove = new QPushButton(tr("Remove"), this);
    auto *done = new QPushButton(tr("Set"), this);
    done->setObjectName(QStringLiteral("primary"));
    for (QPushButton *button : {remove, done})
        button->setAutoDefault(false);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_enabled);
    buttons->addStretch(1);
    buttons->addWidget(remove);
    buttons->addWidget(done);

    auto *form = new QFormLayout(this);
    form->setContentsMargins(12, 10, 12, 12);
    form->setHorizontalSpacing(12);
    form->setVerticalSpacing(8);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->addRow(title);
    form->addRow(tr("Stop when"), m_condition);
    form->addRow(tr("Hit count"), m_hits);
    form->addRow(tr("Write instead"), m_log);
    form->addRow(buttons);
    for (QLineEdit *field : {m_condition, m_hits, m_log}) {
        field->setFixedHeight(28);
        field->setAccessibleName(static_cast<QLabel *>(form->labelForField(field))->text());
    }
    connect(done, &QPushButton::clicked, this, &BreakpointPopup::accept);
    connect(remove, &QPushButton::clicked, this, [this] {
        Q_EMIT removed();
        close();
    });
    setFocusProxy(m_condition);
}

void BreakpointPopup::accept()
{
    m_breakpoint.condition = m_condition->text().trimmed();
    m_breakpoint.hitCondition = m_hits->text().trimmed();
    m_breakpoint.logMessage = m_log->text().trimmed();
    m_breakpoint.enabled = m_enabled->isChecked();
    Q_EMIT accepted(m_breakpoint);
    close();
}

void BreakpointPopup::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        accept();
    else
        QFrame::keyPressEvent(event);
}

} // namespace editor
