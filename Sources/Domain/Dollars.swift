import Foundation

/// Amounts of money as people read them.
package enum Dollars {
    /// `$0.0123`: as many digits as an amount needs to show anything, at least two, at most four after the
    /// point; `under $0.0001` for less.
    package static func text(_ amount: Double) -> String {
        guard amount > 0 else { return "$0.00" }
        guard amount >= 0.000_1 else { return "under $0.0001" }
        return "$" + String(format: amount < 0.1 ? "%.4f" : "%.2f", amount)
    }
}
