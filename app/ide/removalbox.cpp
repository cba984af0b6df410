#include "app/ide/removalbox.h"

#include <QLocale>
#include <QMessageBox>
#include <QPushButton>

namespace app {

void askToRemoveRuntime(QWidget *window, const QString &device,
                        const device::RuntimeHoldings &holdings, std::function<void()> remove)
{
    QStringList goes;
    if (!holdings.functions.isEmpty())
        goes << QMessageBox::tr("Its functions end and are removed: %1.")
                    .arg(holdings.functions.join(QStringLiteral(", ")));
    if (holdings.readingsNotFetched > 0)
        goes << QMessageBox::tr("%1 readings that were not fetched yet are lost.")
                    .arg(QLocale().toString(qulonglong(holdings.readingsNotFetched)));
    goes << QMessageBox::tr("Readings on this computer stay, and the device stays in the list: "
                            "connecting installs the runtime again.");
    auto *box = new QMessageBox(window);
    box->setObjectName(QStringLiteral("removalBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(QMessageBox::tr("Remove the runtime"));
    box->setText(QMessageBox::tr("Remove the runtime from %1?").arg(device));
    box->setInformativeText(goes.join(QStringLiteral("\n\n")));
    const QPushButton *yes =
        box->addButton(QMessageBox::tr("Remove"), QMessageBox::DestructiveRole);
    box->setDefaultButton(box->addButton(QMessageBox::Cancel));
    QObject::connect(yes, &QPushButton::clicked, box, [remove = std::move(remove)] { remove(); });
    box->open();
}

} // namespace app
