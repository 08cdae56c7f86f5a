//! A plain table for the terminal.

/// Columns as wide as their widest cell, two spaces between them, numbers to the right; the first row is the heading.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let padded = |(place, (cell, &width)): (usize, (&String, &usize))| {
            // What stands first is a name, even where it is a number.
            if place > 0 && is_number(cell) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        };
        let cells: Vec<String> = row.iter().zip(&widths).enumerate().map(padded).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        if index == 0 {
            let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
            text.push_str(&rules.join("  "));
            text.push('\n');
        }
    }
    text
}

fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit() || b",.-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows = [["step", "result"], ["a", "passed"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "step  result\n----  ------\na     passed\n");
    }

    #[test]
    fn numbers_stand_to_the_right() {
        let rows = [["holders", "median"], ["2", "1,024"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "holders  median\n-------  ------\n2         1,024\n");
    }
}
