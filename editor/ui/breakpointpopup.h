#pragma once

#include "editor/core/breakpoint.h"
#include "editor/ui/editortheme.h"

#include <QFrame>

class QCheckBox;
class QLineEdit;

namespace editor {

/// A small form beside a line that says what its breakpoint does: when it stops, how often, or
/// what it writes instead. Return accepts, Escape leaves everything as it was.
class BreakpointPopup final : public QFrame
{
    Q_OBJECT

public:
    BreakpointPopup(const Breakpoint &breakpoint, const EditorTheme &theme, QWidget *parent);

Q_SIGNALS:
    void accepted(const editor::Breakpoint &breakpoint);
    void removed();

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void accept();

    Breakpoint m_breakpoint;
    QLineEdit *m_condition;
    QLineEdit *m_hits;
    QLineEdit *m_log;
    QCheckBox *m_enabled;
};

} // namespace editor
