-- One sales day of a snapshot, of whichever category.
SELECT snapshot_id, sales_date, amount FROM play_daily_sale
UNION ALL
SELECT snapshot_id, sales_date, amount FROM concert_daily_sale
