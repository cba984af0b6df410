#include "editor/ui/tabbar.h"

#include <QAbstractButton>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace editor {

namespace {

constexpr int tabHeight = 34;

/// A cross; a dot while the file has unsaved text and the pointer is elsewhere.
class CloseButton final : public QAbstractButton
{
public:
    explicit CloseButton(const EditorTheme &theme, QWidget *parent)
        : QAbstractButton(parent), m_theme(theme)
    {
        setFixedSize(20, 20);
        setFocusPolicy(Qt::NoFocus); // Ctrl+W is the keyboard's way
        setCursor(Qt::ArrowCursor);
        setModified(false);
    }

    void setModified(bool modified)
    {
        m_modified = modified;
        setAccessibleName(modified ? TabBar::tr("Close, unsaved") : TabBar::tr("Close"));
        setToolTip(TabBar::tr("Close (Ctrl+W)"));
        update();
    }
    bool isModified() const { return m_modified; }

    QSize sizeHint() const override { return {20, 20}; }

protected:
    void enterEvent(QEnterEvent *event) override
    {
        QAbstractButton::enterEvent(event);
        update();
    }
    void leaveEvent(QEvent *event) override
    {
        QAbstractButton::leaveEvent(event);
        update();
    }
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QPointF c = QRectF(rect()).center();
        if (underMouse()) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(m_theme.line);
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
        }
        if (m_modified && !underMouse()) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(m_theme.accent);
            painter.drawEllipse(c, 4, 4);
            return;
        }
        painter.setPen(
            QPen(underMouse() ? m_theme.text : m_theme.quiet, 1.4, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(c + QPointF(-3.2, -3.2), c + QPointF(3.2, 3.2));
        painter.drawLine(c + QPointF(3.2, -3.2), c + QPointF(-3.2, 3.2));
    }

private:
    const EditorTheme &m_theme;
    bool m_modified = false;
};

CloseButton *buttonOf(const TabBar &bar, int index)
{
    return static_cast<CloseButton *>(bar.tabButton(index, QTabBar::RightSide));
}

} // namespace

TabBar::TabBar(QWidget *parent) : QTabBar(parent)
{
    setObjectName(QStringLiteral("editorTabBar"));
    setAccessibleName(tr("Open files"));
    setMovable(true);
    setExpanding(false);
    setDocumentMode(true);
    setDrawBase(false);
    setElideMode(Qt::ElideMiddle);
    setUsesScrollButtons(true);
    setSelectionBehaviorOnRemove(QTabBar::SelectPreviousTab);
    setFocusPolicy(Qt::TabFocus);
}

void TabBar::setTheme(const EditorTheme &theme)
{
    m_theme = theme;
    update();
}

void TabBar::setModified(int index, bool modified)
{
    if (CloseButton *button = buttonOf(*this, index))
        button->setModified(modified);
}

bool TabBar::isModified(int index) const
{
    const CloseButton *button = buttonOf(*this, index);
    return button && button->isModified();
}

void TabBar::tabInserted(int index)
{
    QTabBar::tabInserted(index);
    auto *button = new CloseButton(m_theme, this);
    connect(button, &QAbstractButton::clicked, this, [this, button] {
        for (int i = 0; i < count(); ++i)
            if (tabButton(i, RightSide) == button) {
                Q_EMIT tabCloseRequested(i);
                return;
            }
    });
    setTabButton(index, RightSide, button);
}

void TabBar::mouseReleaseEvent(QMouseEvent *event)
{
    const int index = tabAt(event->pos());
    if (event->button() == Qt::MiddleButton && index >= 0)
        Q_EMIT tabCloseRequested(index);
    else
        QTabBar::mouseReleaseEvent(event);
}

QSize TabBar::tabSizeHint(int index) const
{
    QSize size = QTabBar::tabSizeHint(index);
    size.setHeight(tabHeight);
    size.setWidth(std::clamp(size.width(), 96, 280));
    return size;
}

} // namespace editor
