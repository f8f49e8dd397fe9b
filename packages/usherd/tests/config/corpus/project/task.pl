sleep 600;
