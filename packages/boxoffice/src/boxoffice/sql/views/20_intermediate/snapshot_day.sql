-- One sales day of a snapshot, of whichever category.
SELECT snapshot_id, sales_date, amount, seats FROM play_daily_sale
UNION ALL
SELECT snapshot_id, sales_date, amount, paid_seats FROM concert_daily_sale
