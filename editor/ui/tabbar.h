#pragma once

#include "editor/ui/editortheme.h"

#include <QTabBar>

namespace editor {

/// The tabs of open files: a dot instead of the cross while a file has unsaved text, the middle
/// button closes, tabs change places by dragging.
class TabBar final : public QTabBar
{
    Q_OBJECT

public:
    explicit TabBar(QWidget *parent = nullptr);

    void setTheme(const EditorTheme &theme);
    void setModified(int index, bool modified);
    [[nodiscard]] bool isModified(int index) const;

protected:
    void tabInserted(int index) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    QSize tabSizeHint(int index) const override;

private:
    EditorTheme m_theme;
};

} // namespace editor
