#include "app/ide/welcome.h"

#include "app/ide/theme.h"

#include <QDir>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace app {

Welcome::Welcome(QWidget *parent) : QWidget(parent), m_recent(new QWidget(this))
{
    setObjectName(QStringLiteral("surface"));
    setAttribute(Qt::WA_StyledBackground);
    auto *title = new QLabel(tr("Edgewright"), this);
    title->setProperty("role", QStringLiteral("title"));
    auto *subtitle = new QLabel(tr("One function, here, on a device, in the cloud."), this);
    subtitle->setProperty("role", QStringLiteral("quiet"));
    auto *cards = new QHBoxLayout;
    cards->setSpacing(space::m);
    cards->addWidget(createCard(QStringLiteral("folder-open"), tr("Open folder"),
                                tr("An application, or any folder with a function in it."),
                                &Welcome::openRequested));
    cards->addWidget(createCard(QStringLiteral("document-new"), tr("New from template"),
                                tr("A timer, a web function, or a light with a sensor."),
                                &Welcome::newRequested));
    cards->addWidget(createCard(QStringLiteral("media-playback-start"), tr("Take the tour"),
                                tr("A light sensor and a lamp on a simulated Raspberry Pi."),
                                &Welcome::tourRequested));
    auto *inner = new QVBoxLayout;
    inner->setSpacing(space::xs);
    inner->addWidget(title);
    inner->addWidget(subtitle);
    inner->addSpacing(space::l);
    inner->addLayout(cards);
    inner->addSpacing(space::l);
    inner->addWidget(m_recent);
    auto *row = new QHBoxLayout;
    row->addStretch();
    row->addLayout(inner);
    row->addStretch();
    auto *column = new QVBoxLayout(this);
    column->addStretch(2);
    column->addLayout(row);
    column->addStretch(3);
    m_recent->setLayout(new QVBoxLayout);
    m_recent->layout()->setContentsMargins(0, 0, 0, 0);
    m_recent->layout()->setSpacing(0);
}

QWidget *Welcome::createCard(const QString &icon, const QString &title, const QString &text,
                             void (Welcome::*signal)())
{
    auto *card = new QWidget(this);
    card->setObjectName(QStringLiteral("card"));
    card->setAttribute(Qt::WA_StyledBackground);
    card->setFixedWidth(200);
    auto *picture = new QLabel(card);
    picture->setPixmap(
        Theme::instance().icon(icon, Theme::instance().tokens().accent).pixmap(20, 20));
    auto *words = new QLabel(text, card);
    words->setWordWrap(true);
    words->setProperty("role", QStringLiteral("quiet"));
    auto *button = new QPushButton(title, card);
    connect(button, &QPushButton::clicked, this, signal);
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(space::l, space::l, space::l, space::l);
    column->setSpacing(space::s);
    column->addWidget(picture);
    column->addWidget(words, 1, Qt::AlignTop);
    column->addWidget(button);
    return card;
}

void Welcome::setRecent(const QStringList &folders)
{
    QLayout *layout = m_recent->layout();
    while (QLayoutItem *item = layout->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (folders.isEmpty())
        return;
    auto *head = new QLabel(tr("RECENT"), m_recent);
    head->setProperty("role", QStringLiteral("head"));
    layout->addWidget(head);
    for (const QString &folder : folders) {
        QString shown = folder;
        if (shown.startsWith(QDir::homePath()))
            shown.replace(0, QDir::homePath().size(), QStringLiteral("~"));
        auto *link = new QPushButton(shown, m_recent);
        link->setProperty("role", QStringLiteral("link"));
        connect(link, &QPushButton::clicked, this, [this, folder] { Q_EMIT recentChosen(folder); });
        layout->addWidget(link);
        layout->setAlignment(link, Qt::AlignLeft);
    }
}

} // namespace app
