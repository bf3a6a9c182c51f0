"""From calls an hour to lines, machines and money: arithmetic, and a file of prices with a date."""
