#include "app/ide/emptystate.h"

#include "app/ide/tokens.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace app {

EmptyState::EmptyState(const QString &title, const QString &text, const std::vector<Step> &steps,
                       QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("surface"));
    setAttribute(Qt::WA_StyledBackground);
    auto *head = new QLabel(title, this);
    head->setProperty("role", QStringLiteral("subtitle"));
    head->setAlignment(Qt::AlignCenter);
    auto *words = new QLabel(text, this);
    words->setProperty("role", QStringLiteral("quiet"));
    words->setAlignment(Qt::AlignCenter);
    words->setWordWrap(true);
    words->setMaximumWidth(420);
    auto *row = new QHBoxLayout;
    row->setSpacing(space::s);
    row->addStretch();
    for (const Step &step : steps) {
        auto *button = new QPushButton(step.text, this);
        if (&step == &steps.front())
            button->setProperty("role", QStringLiteral("primary"));
        connect(button, &QPushButton::clicked, this, step.act);
        row->addWidget(button);
    }
    row->addStretch();
    auto *centred = new QHBoxLayout;
    centred->addStretch();
    centred->addWidget(words, 1000);
    centred->addStretch();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(space::l, space::l, space::l, space::l);
    column->setSpacing(space::s);
    column->addStretch();
    column->addWidget(head);
    column->addLayout(centred);
    if (!steps.empty())
        column->addSpacing(space::xs);
    column->addLayout(row);
    column->addStretch();
}

} // namespace app
